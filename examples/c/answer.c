/* Answers images with a bundle: answer [--explain] [--point NAME] [--deadline-ms MS] BUNDLE IMAGE... */
#include <amsel/amsel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is wrong names the file that it is wrong with. */
static int Complain(void) {
  fprintf(stderr, "answer: %s\n", amsel_last_error());
  return 1;
}

static void PrintAnswer(const char* image, const amsel_answer* answer) {
  amsel_times times = AMSEL_TIMES_INIT;
  int i;
  if (amsel_answer_abstained(answer)) {
    printf("%s: abstains by ", image);
  } else {
    printf("%s: %s (%.1f %%) by ", image, amsel_answer_label(answer), 100 * amsel_answer_probability(answer));
  }
  for (i = 0; i < amsel_answer_run_count(answer); ++i) {
    amsel_candidate_run run = AMSEL_CANDIDATE_RUN_INIT;
    amsel_answer_run(answer, i, &run);
    printf("%s%s", i == 0 ? "" : " > ", run.name);
  }
  amsel_answer_times(answer, &times);
  printf(" in %.3f ms%s%s\n", times.total_ms, amsel_answer_degraded(answer) ? ", degraded" : "",
         amsel_answer_certified(answer) ? ", certified" : "");
  for (i = 0; i < amsel_answer_problem_count(answer); ++i) printf("  problem: %s\n", amsel_answer_problem(answer, i));
  if (amsel_answer_explanation(answer) != NULL) printf("%s\n", amsel_answer_explanation(answer));
}

int main(int argc, char** argv) {
  amsel_options options = AMSEL_OPTIONS_INIT;
  amsel_run_options run_options = AMSEL_RUN_OPTIONS_INIT;
  amsel_engine* engine = NULL;
  int failures = 0;
  int i = 1;
  for (; i < argc && strncmp(argv[i], "--", 2) == 0; ++i) {
    if (strcmp(argv[i], "--explain") == 0) {
      run_options.explain = 1;
    } else if (strcmp(argv[i], "--point") == 0 && i + 1 < argc) {
      options.point = argv[++i];
    } else if (strcmp(argv[i], "--deadline-ms") == 0 && i + 1 < argc) {
      run_options.deadline_ms = atof(argv[++i]);
    } else {
      break;
    }
  }
  if (argc - i < 2 || strncmp(argv[i], "--", 2) == 0) {
    fprintf(stderr, "usage: answer [--explain] [--point NAME] [--deadline-ms MS] BUNDLE IMAGE...\n");
    return 2;
  }
  if (amsel_engine_open(argv[i], &options, &engine) != AMSEL_OK) return Complain();
  if (run_options.deadline_ms > 0) amsel_engine_preload(engine);
  for (++i; i < argc; ++i) {
    amsel_answer* answer = NULL;
    if (amsel_run_file(engine, argv[i], &run_options, &answer) == AMSEL_OK) {
      PrintAnswer(argv[i], answer);
    } else {
      failures += Complain();
    }
    amsel_answer_free(answer);
  }
  amsel_engine_close(engine);
  return failures == 0 ? 0 : 1;
}
