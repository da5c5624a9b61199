/* Decides with a bundle while the program runs the DNNs itself: decide BUNDLE. The two DNNs here are made up; put calls
   of TensorFlow Lite, TensorRT, a remote endpoint ... in their place. No file of a DNN is read. */
#include <amsel/amsel.h>
#include <stdio.h>
#include <stdlib.h>

enum { kInputs = 4 };

/* A cheap DNN that is sure of every other input, and a dear one that is sure of all: logits of input `input`. */
static void RunMadeUpDnn(int candidate, int input, float* logits, int classes) {
  int k;
  for (k = 0; k < classes; ++k) logits[k] = 0;
  logits[input % classes] = candidate > 0 ? 9 : input % 2 == 0 ? 6 : 0.1F;
}

static int Complain(void) {
  fprintf(stderr, "decide: %s\n", amsel_last_error());
  return 1;
}

/* From the first decision to the answer of one input. */
static amsel_status Answer(amsel_decisions* decisions, int input, float* logits, int classes, amsel_answer** answer) {
  amsel_status status = amsel_decisions_begin(decisions, NULL);
  while (status == AMSEL_OK) {
    amsel_step step = AMSEL_STEP_INIT;
    status = amsel_decisions_next(decisions, 0, &step);
    if (status != AMSEL_OK) break;
    if (step.kind == AMSEL_STEP_RUN) {
      RunMadeUpDnn(step.candidate, input, logits, classes);
      status = amsel_decisions_ran(decisions, step.candidate, logits, (size_t)classes, 0, step.price_ms);
    } else if (step.kind == AMSEL_STEP_EXTRACT) {
      status = amsel_decisions_no_features(decisions, "made-up inputs have no pixels");
    } else {
      return amsel_decisions_answer(decisions, answer);
    }
  }
  return status;
}

int main(int argc, char** argv) {
  amsel_options options = AMSEL_OPTIONS_INIT;
  amsel_engine* engine = NULL;
  amsel_decisions* decisions = NULL;
  float* logits = NULL;
  int classes;
  int input;
  int failures = 0;
  if (argc != 2) {
    fprintf(stderr, "usage: decide BUNDLE\n");
    return 2;
  }
  options.backend = "caller";
  if (amsel_engine_open(argv[1], &options, &engine) != AMSEL_OK) return Complain();
  classes = amsel_engine_class_count(engine);
  logits = malloc((size_t)classes * sizeof *logits);
  if (logits == NULL || amsel_decisions_create(engine, &decisions) != AMSEL_OK) return Complain();
  for (input = 0; input < kInputs; ++input) {
    amsel_answer* answer = NULL;
    int run;
    if (Answer(decisions, input, logits, classes, &answer) != AMSEL_OK) {
      failures += Complain();
      continue;
    }
    printf("input %d: %s (%.1f %%) by", input, amsel_answer_abstained(answer) ? "abstains" : amsel_answer_label(answer),
           100 * amsel_answer_probability(answer));
    for (run = 0; run < amsel_answer_run_count(answer); ++run) {
      amsel_candidate_run ran = AMSEL_CANDIDATE_RUN_INIT;
      amsel_answer_run(answer, run, &ran);
      printf("%s %s", run == 0 ? "" : " >", ran.name);
    }
    printf("\n");
    amsel_answer_free(answer);
  }
  amsel_decisions_free(decisions);
  amsel_engine_close(engine);
  free(logits);
  return failures == 0 ? 0 : 1;
}
