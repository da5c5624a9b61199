#include "cli/verb.h"

namespace amsel {

std::vector<Verb> AddVerbs(CLI::App& amsel) {
  return {AddInitVerb(amsel),  AddCheckVerb(amsel),    AddProfileVerb(amsel), AddDoctorVerb(amsel),
          AddTrainVerb(amsel), AddEvaluateVerb(amsel), AddRunVerb(amsel),     AddRetargetVerb(amsel),
          AddStudyVerb(amsel), AddReportVerb(amsel),   AddInspectVerb(amsel), AddTensorsVerb(amsel)};
}

}  // namespace amsel
