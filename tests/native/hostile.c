/*
 * Random calls of the C interface from several threads on shared handles: wrong shapes, null pointers, NaN, huge sizes, handles that are
 * closed meanwhile, work that is stopped in its middle. Nothing may crash, no mistake may be the library's, nothing may stay behind.
 *
 *     hostile [CALLS [SEED]]     in a folder that may be littered
 *
 * Leaks are measured in two ways: after all handles are closed none is open; and while the same work is repeated, the memory of the process,
 * as the system counts it, does not grow.
 */

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "staircase.h"

enum { THREADS = 4, SHARED = 24, ROUNDS = 1500, WARM_UP = 500 };

static const int64_t MOST_GROWTH = 8 << 20; /* bytes: the collector's steps; 1,000 leaked rounds would be 100 MB */

static _Atomic uint64_t shared[SHARED];
static atomic_int succeeded, failed, by_status[4];
static int64_t calls_left;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *const texts[] = {
    NULL, "", "{", "[]", "{}", "null", "42", "\"text\"", "\xff\xfe\xfd", "{\"dim\": 4}", "{\"dim\": 2, \"seed\": 3}",
    "{\"init\": 0.01, \"attention\": \"merged\"}", "{\"dim\": -1}", "{\"dim\": 1e308}", "{\"dim\": 999999999}", "{\"context\": 2147483647}",
    "{\"dim\": \"NaN\"}", "{\"init\": \"NaN\"}", "{\"init\": 1e300}", "{\"init\": \"Infinity\"}", "{\"dim\": [1, 2]}", "{\"dim\": {\"a\": 1}}",
    "{\"data\": \"sample:200\", \"dim\": 3}", "{\"data\": \"/no/such/file.npz\"}", "{\"data\": \"sample:99999999999999\"}",
    "{\"optimizer\": \"gd\", \"learning-rate\": 0.01, \"steps\": 50}", "{\"optimizer\": \"gd\", \"learning-rate\": 1e9, \"steps\": 50}",
    "{\"kind\": \"vector-regression\", \"spectrum\": \"2,1\", \"context\": 10, \"tasks\": \"diagonal:20\", \"epoch-rate\": 0.1}",
    "{\"kind\": \"nonsense\"}", "{\"file\": \"/no/such.yaml\"}", "{\"heads\": 1}", "{\"heads\": 0}", "{\"heads\": 99999, \"attention\": \"merged\"}",
    "{\"layout\": \"gpt2\"}",
    "{\"layout\": \"none\"}", "{\"tensors\": \"(\"}", "{\"tensors\": \".*\"}", "{\"paths\": [\"/no/such\"]}", "{\"pattern\": \"(\"}", "{\"every\": 0}",
    "{\"config\": {\"n_head\": 2}}", "{\"from\": 5, \"to\": 1}", "[{}, {}]", "[{\"dim\": 2}, {\"dim\": 0}]", "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
    "merged-white", "separate-staircase", "all", "/dev/null/report.html", "/proc/none",
};
static const char *const names[] = {
    NULL, "", "findings", "tables", "sentences", "experiment", "kind", "status", "record", "columns", "loss", "step", "time", "m1", "checkpoints",
    "weights/0", "weights/0/value", "weights/0/none", "weights/-1/value", "weights/99999999999999999999/x", "prediction.curve.loss", "steps",
    "layer", "head", "qkNorm", "ovEffectiveRank", "transitions", "list", "kinds", "figures", "checks", "no such name", "\xc0",
};
static const char *const types[] = {"F32", "F64", "F16", "BF16", "I64", "U8", "BOOL", "F4", "C64", "nonsense", "", NULL};
static const char *const tensor_names[] = {
    "a.in_proj_weight", "a.out_proj.weight", "h.0.attn.c_attn.weight", "h.0.attn.c_proj.weight", "x", "", NULL, "\xff",
};
static const int64_t axes_sizes[] = {0, 1, 2, 3, 4, 6, 12, -1, INT64_MIN, INT64_MAX, 1LL << 31, 1LL << 62};

/* Everything that goes in as data lies here: 12⁴ doubles hold every shape of small axes. */
static double memory[12 * 12 * 12 * 12];

struct random { uint64_t state; };

static uint32_t draw(struct random *random, uint32_t below) { /* SplitMix64 */
    uint64_t z = random->state += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return (uint32_t)((z ^ (z >> 31)) % below);
}

#define ANY(list) (list)[draw(random, sizeof(list) / sizeof *(list))]

static int32_t stop_soon(void *context, const char *stage, double fraction, int64_t step, double loss) {
    int *left = context;
    (void)stage, (void)fraction, (void)step, (void)loss;
    return (*left)-- <= 0;
}

static uint64_t any_handle(struct random *random) {
    switch (draw(random, 12)) {
        case 0: return 0;
        case 1: return UINT64_MAX;
        case 2: return draw(random, 100000);
        default: return shared[draw(random, SHARED)];
    }
}

static void keep(struct random *random, staircase_handle handle) {
    if (handle == 0)
        return;
    uint64_t old = atomic_exchange(&shared[draw(random, SHARED)], handle);
    if (old != 0)
        staircase_close(old); /* others may be using it, or have closed it */
}

/* Shapes whose data would be beyond the memory must be refused for what they are: none of them may be read. */
static int fits(const staircase_tensor *tensor) {
    int64_t count = 1;
    for (int i = 0; i < tensor->axes && i < STAIRCASE_MOST_AXES; i++) {
        int64_t axis = tensor->shape[i];
        if (axis < 0 || axis > 12)
            return axis < 0 || axis > 1LL << 60; /* no number of elements, or more than any memory has */
        count *= axis;
    }
    return count <= (int64_t)(sizeof memory / sizeof *memory);
}

static int any_tensors(struct random *random, staircase_tensor *tensors, int64_t (*shapes)[STAIRCASE_MOST_AXES], int most) {
    int count = (int)draw(random, (uint32_t)most + 1), likely = draw(random, 3) > 0;
    for (int i = 0; i < count; i++) {
        staircase_tensor *tensor = &tensors[i];
        if (likely && i < 2) { /* an attention of width 4, now and then with a number that is none */
            shapes[i][0] = i == 0 ? 12 : 4, shapes[i][1] = 4;
            *tensor = (staircase_tensor){tensor_names[i], draw(random, 2) ? "F32" : "F64", memory + draw(random, 900), shapes[i], 2};
            continue;
        }
        for (int a = 0; a < STAIRCASE_MOST_AXES; a++)
            shapes[i][a] = axes_sizes[draw(random, 7)];
        *tensor = (staircase_tensor){ANY(tensor_names), ANY(types), draw(random, 10) ? memory : NULL, draw(random, 10) ? shapes[i] : NULL,
                                     (int32_t)draw(random, 5)};
        if (draw(random, 6) == 0)
            tensor->axes = draw(random, 2) ? -1 : 9;
        if (draw(random, 6) == 0)
            shapes[i][0] = ANY(axes_sizes);
        if (tensor->shape != NULL && tensor->axes > 0 && tensor->axes <= STAIRCASE_MOST_AXES && !fits(tensor))
            shapes[i][0] = draw(random, 2) ? -1 : INT64_MAX;
    }
    return count;
}

static int any_call(struct random *random, int *which) {
    staircase_handle made = 0, many[4] = {0};
    staircase_tensor tensors[6];
    int64_t shapes[6][STAIRCASE_MOST_AXES], steps[6], length = 0, shape[STAIRCASE_MOST_AXES];
    int32_t type, axes;
    char text[300];
    double loss = draw(random, 8) ? draw(random, 1000) / 999.0 : NAN, numbers[64], xs[64], ys[64];
    int left = (int)draw(random, 3), status = 0, count, watched = (int)draw(random, 2);
    staircase_progress progress = watched ? stop_soon : NULL;
    staircase_handle *place = draw(random, 20) ? &made : NULL;
    switch (*which = (int)draw(random, 20)) {
        case 0: status = staircase_prepare(ANY(texts), stop_soon, &left, place); break;
        case 1: status = staircase_prepare("{\"init\": 0.05, \"dim\": 2}", NULL, NULL, place); break;
        case 2: status = staircase_predict(any_handle(random), (int32_t)draw(random, 2), progress, &left, place); break;
        case 3: status = staircase_predict_all(ANY(texts), (int32_t)draw(random, 2), progress, &left, draw(random, 9) ? many : NULL, draw(random, 9) ? 2 : -5); break;
        case 4: status = staircase_train(any_handle(random), draw(random, 6) ? NULL : ANY(texts), stop_soon, &left, place); break;
        case 5: status = staircase_resume(ANY(texts), ANY(texts), progress, &left, place); break;
        case 6: status = staircase_open(ANY(texts), progress, &left, place); break;
        case 7: case 8: status = staircase_text(any_handle(random), ANY(names), draw(random, 2) ? text : NULL, draw(random, sizeof text), &length); break;
        case 9: case 10:
            status = staircase_array(
                any_handle(random), ANY(names), draw(random, 2) ? numbers : NULL, draw(random, sizeof numbers), &type, shape, draw(random, 5) ? &axes : NULL);
            break;
        case 11: status = staircase_close(any_handle(random)); break;
        case 12:
            for (int i = 0; i < 64; i++)
                xs[i] = draw(random, 50) ? i : -i, ys[i] = draw(random, 100) ? 1.0 / (1 + i) : NAN;
            status = staircase_compare(
                any_handle(random), draw(random, 9) ? xs : NULL, draw(random, 9) ? ys : NULL, draw(random, 9) ? draw(random, 65) : INT64_MIN,
                (int32_t)draw(random, 3), place);
            break;
        case 13: status = staircase_analyze(draw(random, 3) ? ANY(texts) : "{\"paths\": [\".\"]}", progress, &left, place); break;
        case 14: case 15:
            count = any_tensors(random, tensors, shapes, 6);
            for (int i = 0; i < 6; i++)
                steps[i] = draw(random, 3);
            status = staircase_analyze_tensors(
                ANY(texts), draw(random, 3) ? NULL : steps, draw(random, 20) ? tensors : NULL, draw(random, 20) ? count : INT64_MAX, progress, &left, place);
            break;
        case 16: status = staircase_monitor(ANY(texts), place); break;
        case 17:
            count = any_tensors(random, tensors, shapes, 6);
            status = staircase_log(
                any_handle(random), draw(random, 30) ? (int64_t)draw(random, 1000) : -3, draw(random, 3) ? &loss : NULL, draw(random, 2) ? tensors : NULL, count,
                progress, &left);
            break;
        case 18: status = draw(random, 2) ? staircase_monitor_analysis(any_handle(random), place) : staircase_monitor_plateaus(any_handle(random), place); break;
        case 19:
            left = 0; /* a figure takes long */
            status = draw(random, 2) ? staircase_reproduce(ANY(texts), 1, stop_soon, &left, place)
                   : draw(random, 2) ? staircase_write(any_handle(random), ANY(texts)) : staircase_catalogue(place);
            break;
    }
    keep(random, made);
    for (int i = 0; i < 4; i++)
        keep(random, many[i]);
    if (status != STAIRCASE_SUCCESS && staircase_error(NULL, 0, &length) == STAIRCASE_SUCCESS && length == 0)
        status = -1; /* it must have said why */
    return status;
}

static void *attack(void *seed) {
    struct random random = {(uint64_t)(uintptr_t)seed};
    while (1) {
        pthread_mutex_lock(&lock);
        int over = calls_left-- <= 0;
        pthread_mutex_unlock(&lock);
        if (over)
            return NULL;
        int which = 0, status = any_call(&random, &which);
        int known = status == STAIRCASE_SUCCESS ? 0 : status == STAIRCASE_BAD_INPUT ? 1 : status == STAIRCASE_STOPPED ? 2 : 3;
        by_status[known]++;
        if (known < 3) {
            succeeded++;
            continue;
        }
        char text[2000] = "";
        staircase_error(text, sizeof text, NULL);
        fprintf(stderr, "call %d ended with status %d: %s\n", which, status, text);
        failed++;
    }
}

static int64_t resident(void) {
    long pages = 0, ignored = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL || fscanf(file, "%ld %ld", &ignored, &pages) != 2)
        pages = 0;
    if (file != NULL)
        fclose(file);
    return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

/* The same work, over and over: a prediction, a short training, an analysis, a monitor, and a mistake. */
static void round_of_work(void) {
    static const int64_t in_shape[] = {12, 4}, out_shape[] = {4, 4};
    staircase_tensor tensors[] = {{"a.in_proj_weight", "F64", memory, in_shape, 2}, {"a.out_proj.weight", "F64", memory, out_shape, 2}};
    staircase_handle study = 0, findings = 0, run = 0, analysis = 0, monitor = 0, nothing = 0;
    double loss = 1;
    int64_t length;
    staircase_prepare("{\"dim\": 2, \"init\": 0.05, \"optimizer\": \"gd\", \"learning-rate\": 0.05, \"steps\": 20}", NULL, NULL, &study);
    staircase_predict(study, 1, NULL, NULL, &findings);
    staircase_text(findings, "findings", NULL, 0, &length);
    staircase_train(study, NULL, NULL, NULL, &run);
    staircase_text(run, "findings", NULL, 0, &length);
    staircase_analyze_tensors("{\"heads\": 2}", NULL, tensors, 2, NULL, NULL, &analysis);
    staircase_monitor("{\"heads\": 2}", &monitor);
    staircase_log(monitor, 0, &loss, tensors, 2, NULL, NULL);
    staircase_prepare("{\"dim\": 0}", NULL, NULL, &nothing);
    staircase_close(study), staircase_close(findings), staircase_close(run), staircase_close(analysis), staircase_close(monitor);
}

static void check(int holds, const char *what) {
    if (holds) {
        succeeded++;
    } else {
        failed++;
        fprintf(stderr, "%s\n", what);
    }
}

int main(int count, char **arguments) {
    calls_left = count > 1 ? atoll(arguments[1]) : 100000;
    uint64_t seed = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
    int64_t calls = calls_left;
    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        memory[i] = sin((double)i);
    memory[400] = NAN, memory[500] = INFINITY, memory[600] = 1e308;
    FILE *file = fopen("step-1.safetensors", "wb");
    if (file == NULL)
        return 1;
    fwrite(memory, 1, 1000, file);
    fclose(file);

    pthread_t threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, attack, (void *)(uintptr_t)(seed * 1000003 + i));
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < SHARED; i++)
        if (shared[i] != 0)
            staircase_close(shared[i]); /* may have been closed by a thread */
    int64_t open = staircase_open_handles();
    check(open == 0, "handles stay open");
    printf("%" PRId64 " calls from %d threads: %d succeeded, %d refused, %d stopped, %d mistakes of the library; %" PRId64 " handles open after\n",
           calls, THREADS, by_status[0], by_status[1], by_status[2], by_status[3], open);

    int64_t before = 0, after = 0;
    for (int i = 0; i < ROUNDS; i++) {
        if (i == WARM_UP)
            before = resident();
        round_of_work();
    }
    after = resident();
    check(after - before < MOST_GROWTH, "memory grows while the same is done again and again");
    printf("%d rounds of the same work: the process grew by %.1f MB after the first %d\n", ROUNDS, (double)(after - before) / (1 << 20), WARM_UP);
    printf("succeeded: %d\nfailed: %d\n", succeeded, failed);
    return failed > 0;
}
