/* The C interface as a C program uses it. Ends with the counts of what held and what did not. */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "staircase.h"

static int succeeded, failed;

#define CHECK(condition) \
    do { \
        if (condition) { \
            succeeded++; \
        } else { \
            failed++; \
            fprintf(stderr, "%s:%d: %s does not hold; the last error is: %s\n", __FILE__, __LINE__, #condition, error()); \
        } \
    } while (0)

static const char *error(void) {
    static char text[1000];
    if (staircase_error(text, sizeof text, NULL) != STAIRCASE_SUCCESS)
        snprintf(text, sizeof text, "(longer than %zu bytes)", sizeof text);
    return text;
}

/* A text, to be freed. */
static char *text_of(staircase_handle handle, const char *name) {
    int64_t length = -1;
    if (staircase_text(handle, name, NULL, 0, &length) != STAIRCASE_SUCCESS)
        return NULL;
    char *text = malloc((size_t)length + 1);
    if (staircase_text(handle, name, text, length + 1, NULL) != STAIRCASE_SUCCESS) {
        free(text);
        return NULL;
    }
    return text;
}

static int text_has(staircase_handle handle, const char *name, const char *part) {
    char *text = text_of(handle, name);
    int has = text != NULL && strstr(text, part) != NULL;
    free(text);
    return has;
}

/* A list of doubles, to be freed. */
static double *doubles_of(staircase_handle handle, const char *name, int64_t *count) {
    int64_t shape[STAIRCASE_MOST_AXES];
    int32_t type, axes;
    if (staircase_array(handle, name, NULL, 0, &type, shape, &axes) != STAIRCASE_SUCCESS || type != STAIRCASE_DOUBLE || axes != 1)
        return NULL;
    double *values = malloc((size_t)shape[0] * sizeof *values);
    if (staircase_array(handle, name, values, shape[0] * (int64_t)sizeof *values, NULL, NULL, NULL) != STAIRCASE_SUCCESS) {
        free(values);
        return NULL;
    }
    *count = shape[0];
    return values;
}

static const char experiment[] = "{\"dim\": 4, \"context\": 31, \"attention\": \"separate\", \"rank\": 1, \"init\": 0.01}";

/* Zhang et al. 2025, Eq. 19, by itself: the loss when the first `learned` of the components 0.4, 0.3, 0.2, 0.1 are learned at N = 31. */
static double height(int learned) {
    static const double eigenvalues[] = {0.4, 0.3, 0.2, 0.1};
    double loss = 1;
    for (int d = 0; d < learned; d++)
        loss -= eigenvalues[d] / (1 + (1 + 1 / eigenvalues[d]) / 31);
    return loss;
}

static void predicts(void) {
    staircase_handle study = 0, findings = 0;
    CHECK(staircase_prepare(experiment, NULL, NULL, &study) == STAIRCASE_SUCCESS);
    CHECK(text_has(study, "kind", "regression") && text_has(study, "experiment", "\"context\": \"31\""));
    CHECK(staircase_predict(study, 1, NULL, NULL, &findings) == STAIRCASE_SUCCESS);
    CHECK(text_has(findings, "findings", "\"array\": \"prediction.curve.loss\""));
    CHECK(text_has(findings, "tables", "least squares in context"));
    int64_t count = 0, times = 0;
    double *loss = doubles_of(findings, "prediction.curve.loss", &count), *time = doubles_of(findings, "prediction.curve.time", &times);
    CHECK(loss != NULL && time != NULL && count == times && count > 100);
    if (loss != NULL && time != NULL) {
        CHECK(fabs(loss[0] - height(0)) < 1e-3);
        CHECK(fabs(loss[count - 1] - height(4)) < 1e-3);
        int ascend = 1;
        for (int64_t i = 1; i < count; i++)
            ascend &= time[i] > time[i - 1];
        CHECK(ascend);
    }
    free(loss);
    free(time);
    CHECK(staircase_close(findings) == STAIRCASE_SUCCESS && staircase_close(study) == STAIRCASE_SUCCESS);
}

static void predicts_many(void) {
    enum { COUNT = 40 };
    static char list[COUNT * 40];
    char *end = list + sprintf(list, "[");
    for (int i = 0; i < COUNT; i++)
        end += sprintf(end, "%s{\"init\": 0.01, \"seed\": %d}", i > 0 ? ", " : "", i);
    sprintf(end, "]");
    staircase_handle all[COUNT], study = 0, alone = 0;
    CHECK(staircase_predict_all(list, 0, NULL, NULL, all, COUNT) == STAIRCASE_SUCCESS);
    CHECK(staircase_prepare("{\"init\": 0.01, \"seed\": 17}", NULL, NULL, &study) == STAIRCASE_SUCCESS);
    CHECK(staircase_predict(study, 0, NULL, NULL, &alone) == STAIRCASE_SUCCESS);
    char *one = text_of(all[17], "findings"), *other = text_of(alone, "findings"), *another = text_of(all[18], "findings");
    CHECK(one != NULL && other != NULL && strcmp(one, other) == 0);
    CHECK(one != NULL && another != NULL && strcmp(one, another) != 0);
    free(one), free(other), free(another);
    for (int i = 0; i < COUNT; i++)
        staircase_close(all[i]);
    staircase_close(study), staircase_close(alone);
    CHECK(staircase_predict_all("[{\"init\": 0.01}, {\"init\": -1}]", 0, NULL, NULL, all, 2) == STAIRCASE_BAD_INPUT);
    CHECK(strstr(error(), "experiment 1") != NULL && all[0] == 0 && all[1] == 0);
}

struct watcher {
    int calls, stop_at;
    double fraction;
};

static int32_t watch(void *context, const char *stage, double fraction, int64_t step, double loss) {
    struct watcher *watcher = context;
    (void)loss;
    if (stage == NULL || step < 0 || fraction < 0 || fraction > 1)
        return 1;
    watcher->fraction = fraction;
    return ++watcher->calls == watcher->stop_at;
}

static void trains(void) {
    staircase_handle study = 0, run = 0;
    struct watcher watcher = {0, 0, 0};
    CHECK(staircase_prepare(experiment, watch, &watcher, &study) == STAIRCASE_SUCCESS);
    CHECK(staircase_train(study, NULL, watch, &watcher, &run) == STAIRCASE_SUCCESS && watcher.calls >= 2);
    CHECK(text_has(run, "status", "finished") && text_has(run, "findings", "\"plateaus\""));
    int64_t count = 0;
    double *loss = doubles_of(run, "loss", &count), *m1 = doubles_of(run, "m1", &count);
    CHECK(loss != NULL && fabs(loss[0] - height(0)) < 1e-3 && fabs(loss[count - 1] - height(4)) < 1e-3);
    CHECK(m1 != NULL && m1[0] < 0.1 && m1[count - 1] > 0.8);
    free(loss), free(m1);

    int64_t shape[STAIRCASE_MOST_AXES];
    int32_t type = 0, axes = 0;
    char name[64];
    CHECK(staircase_array(run, "checkpoints", NULL, 0, &type, shape, &axes) == STAIRCASE_SUCCESS && type == STAIRCASE_INT64 && axes == 1);
    int64_t *steps = malloc((size_t)shape[0] * sizeof *steps), last = shape[0] - 1;
    CHECK(staircase_array(run, "checkpoints", steps, shape[0] * 8, NULL, NULL, NULL) == STAIRCASE_SUCCESS && steps[0] == 0);
    sprintf(name, "weights/%" PRId64 "/key", steps[last]);
    CHECK(staircase_array(run, name, NULL, 0, &type, shape, &axes) == STAIRCASE_SUCCESS);
    CHECK(type == STAIRCASE_DOUBLE && axes == 3 && shape[0] == 5 && shape[1] == 1 && shape[2] == 4);
    free(steps);
    staircase_close(run);

    /* A training of which there is no end is stopped in the middle, and gives what there is. */
    staircase_handle endless = 0;
    watcher = (struct watcher){0, 4, 0};
    CHECK(staircase_prepare("{\"optimizer\": \"gd\", \"learning-rate\": 1e-6, \"steps\": 900000000}", NULL, NULL, &endless) == STAIRCASE_SUCCESS);
    CHECK(staircase_train(endless, NULL, watch, &watcher, &run) == STAIRCASE_STOPPED && run != 0);
    CHECK(text_has(run, "status", "interrupted"));
    staircase_close(run), staircase_close(endless);

    /* So is one that has not begun, which gives nothing. */
    watcher = (struct watcher){0, 1, 0};
    CHECK(staircase_train(study, NULL, watch, &watcher, &run) == STAIRCASE_STOPPED && run == 0);
    staircase_close(study);
}

/* Theory stops where the call that waits for it is told to, whatever the study was prepared with; asked again, it is made again. */
static void stops_theory(void) {
    static const char large[] = "{\"attention\": \"separate\", \"rank\": 1, \"dim\": 16, \"init\": 0.01}";
    staircase_handle study = 0, findings = 0, run = 0;
    CHECK(staircase_prepare(large, NULL, NULL, &study) == STAIRCASE_SUCCESS);
    struct watcher watcher = {0, 2, 0};
    CHECK(staircase_predict(study, 0, watch, &watcher, &findings) == STAIRCASE_STOPPED && findings == 0);
    watcher = (struct watcher){0, 2, 0};
    CHECK(staircase_train(study, NULL, watch, &watcher, &run) == STAIRCASE_STOPPED && run == 0);
    CHECK(staircase_predict(study, 0, NULL, NULL, &findings) == STAIRCASE_SUCCESS && text_has(findings, "findings", "\"drops\""));
    staircase_close(study), staircase_close(findings);
}

static void analyzes(void) {
    /* One layer of torch's attention, width 2, one head: QK = W_qᵀ W_k with W_q = diag(3, 1), W_k = 1, so ‖QK‖ = √10. */
    static const float in_proj[] = {3, 0, 0, 1, 1, 0, 0, 1, 2, 0, 0, 2}, out_proj[] = {1, 0, 0, 1};
    static const int64_t in_shape[] = {6, 2}, out_shape[] = {2, 2};
    staircase_tensor tensors[] = {
        {"attention.in_proj_weight", "F32", in_proj, in_shape, 2},
        {"attention.out_proj.weight", "F32", out_proj, out_shape, 2},
    };
    staircase_handle analysis = 0, monitor = 0, plateaus = 0;
    CHECK(staircase_analyze_tensors("{\"heads\": 1}", NULL, tensors, 2, NULL, NULL, &analysis) == STAIRCASE_SUCCESS);
    int64_t count = 0;
    double *norm = doubles_of(analysis, "qkNorm", &count);
    CHECK(norm != NULL && count == 1 && fabs(norm[0] - sqrt(10)) < 1e-6);
    free(norm);
    double *copying = doubles_of(analysis, "ovEigenvaluePositivity", &count);
    CHECK(copying != NULL && fabs(copying[0] - 1) < 1e-9); /* OV = 2: all eigenvalues are positive */
    free(copying);
    staircase_close(analysis);

    CHECK(staircase_monitor("{\"heads\": 1}", &monitor) == STAIRCASE_SUCCESS);
    for (int step = 0; step < 60; step++) {
        double loss = 0.5 + 0.5 / (1 + exp((step - 30) / 1.5)), nothing = NAN;
        CHECK(staircase_log(monitor, step, &loss, step % 20 == 0 ? tensors : NULL, 2, NULL, NULL) == STAIRCASE_SUCCESS);
        if (step == 30)
            CHECK(staircase_log(monitor, 31, &nothing, NULL, 0, NULL, NULL) == STAIRCASE_BAD_INPUT);
    }
    double loss = 0;
    CHECK(staircase_log(monitor, 59, &loss, NULL, 0, NULL, NULL) == STAIRCASE_BAD_INPUT && strstr(error(), "ascend") != NULL);
    CHECK(staircase_monitor_plateaus(monitor, &plateaus) == STAIRCASE_SUCCESS);
    char *found = text_of(plateaus, "list"), *first = strstr(found, "\"loss\":"), *second = first ? strstr(first + 1, "\"loss\":") : NULL;
    CHECK(second != NULL && fabs(strtod(first + 7, NULL) - 1) < 0.02 && fabs(strtod(second + 7, NULL) - 0.5) < 0.02);
    free(found);
    CHECK(staircase_monitor_analysis(monitor, &analysis) == STAIRCASE_SUCCESS);
    double *norms = doubles_of(analysis, "ovNorm", &count);
    CHECK(norms != NULL && count == 3 && fabs(norms[2] - sqrt(8)) < 1e-6);
    free(norms);
    staircase_close(analysis), staircase_close(plateaus), staircase_close(monitor);
}

static void complains(void) {
    staircase_handle handle = 7;
    CHECK(staircase_prepare("{\"dimm\": 4}", NULL, NULL, &handle) == STAIRCASE_BAD_INPUT && handle == 0);
    CHECK(strcmp(error(), "unknown key 'dimm': did you mean 'dim'?") == 0);
    CHECK(staircase_prepare("{\"learning-rate\": -1}", NULL, NULL, &handle) == STAIRCASE_BAD_INPUT);
    CHECK(strstr(error(), "‹learning-rate›") != NULL);
    CHECK(staircase_prepare("{\"dim\": ", NULL, NULL, &handle) == STAIRCASE_BAD_INPUT);
    CHECK(staircase_prepare(NULL, NULL, NULL, &handle) == STAIRCASE_BAD_INPUT && staircase_prepare("{}", NULL, NULL, NULL) == STAIRCASE_BAD_INPUT);
    CHECK(staircase_prepare("{\"dim\": \"\xff\xfe\"}", NULL, NULL, &handle) == STAIRCASE_BAD_INPUT);
    CHECK(staircase_predict(12345678, 0, NULL, NULL, &handle) == STAIRCASE_BAD_INPUT && staircase_close(0) == STAIRCASE_BAD_INPUT);
    CHECK(staircase_reproduce("no-such-figure", 1, NULL, NULL, &handle) == STAIRCASE_BAD_INPUT);

    CHECK(staircase_catalogue(&handle) == STAIRCASE_SUCCESS && text_has(handle, "figures", "separate-staircase"));
    char small[4] = "abc";
    int64_t length = 0;
    CHECK(staircase_text(handle, "kinds", small, sizeof small, &length) == STAIRCASE_BAD_INPUT && length > 100 && strcmp(small, "abc") == 0);
    CHECK(staircase_text(handle, "nothing", NULL, 0, &length) == STAIRCASE_BAD_INPUT);
    CHECK(staircase_predict(handle, 0, NULL, NULL, &handle) == STAIRCASE_BAD_INPUT && handle == 0);
    CHECK(staircase_open_handles() == 1); /* the catalogue, whose handle was just written over */
}

int main(void) {
    CHECK(staircase_interface() == STAIRCASE_INTERFACE);
    predicts();
    predicts_many();
    trains();
    stops_theory();
    analyzes();
    CHECK(staircase_open_handles() == 0);
    complains();
    printf("succeeded: %d\nfailed: %d\n", succeeded, failed);
    return failed > 0;
}
