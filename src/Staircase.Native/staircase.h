/*
 * Staircase from C: what training a linear attention will do, exact training, and the analysis of anybody's checkpoints.
 *
 * Every call returns a status: the exit codes of the command line. Where it is not STAIRCASE_SUCCESS, staircase_error gives one line of
 * what was wrong, where, what was expected and what to do; keys stand in it between guillemets, as in ‹dim›.
 *
 * A handle is a number that is never used twice; 0 is none. A handle that was closed, or was none, is refused. Every handle that a call
 * gives must be closed. All calls may be made from several threads at once, on the same handle too.
 *
 * What a handle stands for is read as texts and arrays by their names (given below). The memory is always the caller's: ask with a null
 * pointer for the size, then with a buffer of it. Nothing that the library has allocated is ever handed out, nothing that the caller has
 * is kept beyond a call. Texts are UTF-8 and end with a zero; lengths do not count it.
 *
 * After a fork the library can be used in the parent alone.
 */
#ifndef STAIRCASE_H
#define STAIRCASE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What staircase_interface returns. It grows when a call changes or goes, not when one comes. */
#define STAIRCASE_INTERFACE 1

typedef uint64_t staircase_handle;

typedef enum staircase_status {
    STAIRCASE_SUCCESS = 0,
    STAIRCASE_BAD_INPUT = 2, /* what was given cannot be used */
    STAIRCASE_STOPPED = 3,   /* the progress function asked to stop */
    STAIRCASE_INTERNAL = 70  /* a mistake of the library */
} staircase_status;

/* Types of the numbers in arrays that come out. */
typedef enum staircase_type {
    STAIRCASE_DOUBLE = 1, /* double */
    STAIRCASE_INT64 = 2,  /* int64_t */
    STAIRCASE_FLOAT = 3   /* float */
} staircase_type;

/* Axes that an array may have. */
#define STAIRCASE_MOST_AXES 8

/*
 * Told how far long work is: at its beginning, then every 50 ms, always on the thread that made the call. Anything but 0 stops the work.
 * Without a progress function the work cannot be stopped.
 *   stage     what is being done; good for the call only
 *   fraction  from 0 to 1
 *   step      steps of training so far
 *   loss      the loss; NaN where there is none
 */
typedef int32_t (*staircase_progress)(void *context, const char *stage, double fraction, int64_t step, double loss);

/* An array that goes in, in C order: read during the call only, not copied before. */
typedef struct staircase_tensor {
    const char *name;     /* such as transformer.h.0.attn.c_attn.weight */
    const char *type;     /* as safetensors says it: F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL F8_E4M3 F8_E5M2 … */
    const void *data;     /* may be null where the shape has a 0 */
    const int64_t *shape; /* may be null where there are no axes */
    int32_t axes;         /* from 0 to STAIRCASE_MOST_AXES */
} staircase_tensor;

/* ---- The library ---- */

/* STAIRCASE_INTERFACE of the library that is loaded. */
int32_t staircase_interface(void);

/* The width of vectors in bits: all that may change the bits of a result. */
int32_t staircase_vector_bits(void);

/* How many handles are open. */
int64_t staircase_open_handles(void);

/* Why the last call of this thread that failed has failed. text may be null; length is in bytes, and may be null. */
staircase_status staircase_error(char *text, int64_t capacity, int64_t *length);

/* ---- Handles ---- */

/* Closes a handle. A call on it that is under way in another thread ends well. */
staircase_status staircase_close(staircase_handle handle);

/* A text of what a handle stands for. */
staircase_status staircase_text(staircase_handle handle, const char *name, char *text, int64_t capacity, int64_t *length);

/*
 * An array of what a handle stands for.
 *   data      where it goes; null asks for type and shape alone
 *   capacity  the size of data in bytes
 *   type      a staircase_type; may be null
 *   shape     room for STAIRCASE_MOST_AXES numbers; may be null
 *   axes      how many of them there are; may be null
 */
staircase_status staircase_array(
    staircase_handle handle, const char *name, void *data, int64_t capacity, int32_t *type, int64_t *shape, int32_t *axes);

/* ---- Experiments ----
 *
 * An experiment is a JSON object with the keys of the command line: {"dim": 4, "attention": "separate", "rank": 1, "init": 0.01}.
 * "kind" names its kind, "file" a YAML file over whose keys the others go.
 */

/*
 * Resolves an experiment: draws data and initial weights, sets up theory.
 * Texts: experiment (JSON: every key with its value), kind, description, announcements (JSON: a list).
 */
staircase_status staircase_prepare(const char *experiment, staircase_progress progress, void *context, staircase_handle *study);

/*
 * What theory says of a study, without training.
 *   check  whether the exact flow is laid beside it where that is affordable
 * Texts: those of a study; findings (JSON as --json prints it, but that an {"array": "NAME"} stands for every long list of numbers),
 * tables (JSON: title, columns, rows of text), sentences (JSON). Arrays: those NAMEs, such as prediction.curve.loss.
 */
staircase_status staircase_predict(
    staircase_handle study, int32_t check, staircase_progress progress, void *context, staircase_handle *findings);

/*
 * The same for many experiments, on all cores, each with the bits that it has alone.
 *   experiments  a JSON list
 *   findings     room for as many handles
 *   count        how many experiments there are
 */
staircase_status staircase_predict_all(
    const char *experiments, int32_t check, staircase_progress progress, void *context, staircase_handle *findings, int64_t count);

/*
 * Trains a study.
 *   folder  where the run is kept; null keeps it in memory
 * Stopped, it still gives a run, as far as it came.
 * Texts: those of a study and of findings (these from two rows on); name, status, record (JSON as in run.json), columns (JSON: name, kind,
 * meaning, unit), weights/STEP (JSON: the names of blocks). Arrays: step, time (of the flow; not there where there is none), every column
 * by its name, checkpoints (the steps whose weights were kept), weights/STEP/BLOCK, and those of findings.
 */
staircase_status staircase_train(
    staircase_handle study, const char *folder, staircase_progress progress, void *context, staircase_handle *run);

/*
 * Goes on with a run in a folder, to the bits of one that was never stopped.
 *   end  a JSON object with a later end, such as {"steps": 20000}; null trains to the end that was given
 */
staircase_status staircase_resume(
    const char *folder, const char *end, staircase_progress progress, void *context, staircase_handle *run);

/* A run that is kept in a folder. */
staircase_status staircase_open(const char *folder, staircase_progress progress, void *context, staircase_handle *run);

/*
 * Theory of a study over the loss curve of a training elsewhere.
 *   positions         ascending steps, or times of the gradient flow; count of them
 *   losses            the mean squared error (without a factor 1/2) at each; count of them
 *   positionsAreTimes 0 for steps, which are times where the study's optimizer follows the flow
 * Texts and arrays: those of findings.
 */
staircase_status staircase_compare(
    staircase_handle study, const double *positions, const double *losses, int64_t count, int32_t positionsAreTimes,
    staircase_handle *findings);

/* ---- Checkpoints ----
 *
 * Options are a JSON object with the options of the command line: pattern, from, to, every, layout, heads, kv-heads, tensors, losses,
 * directions, mapped; paths is a list of files and folders; config an object with what a config.json would say. Null is none.
 *
 * Texts of an analysis: layout (empty for plain matrices), decisions, skipped, audit (JSON: step, kind, text), columns (JSON: the names of
 * the measures), modules (JSON: the attention that each row is of, where the model has several), tensors (JSON: the tensor of each row,
 * where rows are plain matrices), transitions (JSON: subject, measure, step, earliest,
 * latest, size, falseAlarmRate), noTransitions (why there are none). Arrays: steps (one a checkpoint); step, layer, head (one a row; -1
 * where there is none); every measure by its name (one a row, NaN where there is nothing to measure).
 */

/* Files and folders. */
staircase_status staircase_analyze(const char *options, staircase_progress progress, void *context, staircase_handle *analysis);

/*
 * Tensors in memory.
 *   steps  the step of the checkpoint that each tensor belongs to; null where all are of one
 *   count  how many tensors there are
 */
staircase_status staircase_analyze_tensors(
    const char *options, const int64_t *steps, const staircase_tensor *tensors, int64_t count, staircase_progress progress, void *context,
    staircase_handle *analysis);

/* A monitor of a training that is under way elsewhere. It has no texts and arrays itself. */
staircase_status staircase_monitor(const char *options, staircase_handle *monitor);

/*
 * What there is of a step.
 *   loss     the loss; null where there is none
 *   tensors  the checkpoint; null where there is none. It is measured now, and a copy kept until the next one
 * Where the call fails, nothing of the step is kept.
 */
staircase_status staircase_log(
    staircase_handle monitor, int64_t step, const double *loss, const staircase_tensor *tensors, int64_t count, staircase_progress progress,
    void *context);

/* Everything so far, as an analysis; subspaceDistance is NaN, as the last checkpoint is not there yet. */
staircase_status staircase_monitor_analysis(staircase_handle monitor, staircase_handle *analysis);

/* The plateaus of the loss so far. Text: list (JSON: loss, start, end, duration; positions are steps). */
staircase_status staircase_monitor_plateaus(staircase_handle monitor, staircase_handle *plateaus);

/* ---- Lists, figures, reports ---- */

/* Texts: kinds, figures, results, layouts (JSON); version. */
staircase_status staircase_catalogue(staircase_handle *catalogue);

/*
 * Reproduces a figure.
 *   quick  whether to keep the physics and shrink the cost
 * Texts: name, shows, source, checks (JSON: claim, source, measured, expected, passed, reason, verdict).
 */
staircase_status staircase_reproduce(
    const char *name, int32_t quick, staircase_progress progress, void *context, staircase_handle *figure);

/* Writes a run, an analysis or a figure as one HTML file that opens offline; of an analysis the rows as CSV where the path ends so. */
staircase_status staircase_write(staircase_handle handle, const char *path);

#ifdef __cplusplus
}
#endif

#endif
