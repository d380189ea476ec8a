/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flow_check.h - the contract between a host and a module of flow checks.
 *
 * A host loads a module (a shared object), calls its one exported function,
 * fc_module_init, and the module registers its checks there. Then, per check:
 *
 *      fc_module_init -> register_check            once, on the main thread
 *            |
 *            v
 *         enable ------> config                    once per worker
 *            |             |
 *            |    +--------+<------------+
 *            v    v                      |
 *         on_detect ---> on_periodic* ---> on_end  per flow, on its worker
 *            |                           |
 *            +--> active, stats, lint, --+         between two flows
 *            |    config                 |
 *            v
 *         disable                                  once per worker
 *
 * The module imports no symbol from the host: all it may ask for is in struct
 * fc_host. It keeps no mutable state outside its instances, but what a thread
 * knows of its own run; several instances may be alive at once, and an old one
 * may be disabled after a new one was enabled. What a module does to the
 * process (threads, signals) stands in its documentation: flow_check(3), for
 * flow_user_check.so.
 *
 * What is not valid: a host takes nothing that a module hands over on trust.
 * Where a rule below is broken, it does what stands there, logs what it refused
 * once, and goes on. Two things it cannot see: a pointer that leads nowhere,
 * and a string without its NUL. So each string here that is not said to have a
 * length must end in NUL, and of each the host reads as many bytes as its limit
 * says, and no more.
 *
 * Enumerators may be added. One that the reader does not know has the meaning
 * that stands with its enum, so a newer module works with an older host.
 *
 * Threads: [main] the thread that loaded the module; [worker] the one thread
 * that enabled the instance, on which all later calls of it come too; [any].
 */
#ifndef FLOW_CHECK_H
#define FLOW_CHECK_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "fc_flow.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Both sides state the version they were built for; each refuses another one
 * with a sentence that names both. Appending a field does not change it.
 */
#define FC_ABI_VERSION 1u

/*
 * Most bytes of a struct; a struct_size above it was never set. One below what
 * the first version of the struct had is refused too.
 */
#define FC_STRUCT_MAX 4096u

/* Most bytes that are read of a string, without its NUL. */
#define FC_KEY_MAX 64u           /* key */
#define FC_TITLE_MAX 128u        /* title */
#define FC_DESCRIPTION_MAX 1024u /* description */
#define FC_PATH_MAX 4096u        /* script */
#define FC_TEXT_MAX 1024u        /* last_error, text of a finding */
#define FC_LOG_MAX 1048576u      /* text of log() */

/* Any other value is a failure as well. */
enum fc_status {
    FC_OK = 0,
    FC_ERROR = 1,       /* said why through log() */
    FC_ERROR_ABI = 2,   /* abi_version or struct_size does not fit */
    FC_ERROR_MEMORY = 3 /* out of memory; nothing was changed */
};

/* Any other value is written as FC_LOG_INFO is. */
enum fc_log_level {
    FC_LOG_ERROR = 0,
    FC_LOG_WARNING = 1,
    FC_LOG_INFO = 2,
    FC_LOG_DEBUG = 3,
    FC_LOG_OUTPUT = 4 /* a line that a user's script printed */
};

/*
 * The moments at which a check looks at a flow, in a flow's life's order. A
 * host refuses a check that wants another one.
 */
enum fc_hook { FC_HOOK_DETECTED = 0, FC_HOOK_PERIODIC = 1, FC_HOOK_END = 2 };
#define FC_HOOKS 3
#define FC_HOOK_BIT(hook) (1u << (hook))

struct fc_host;
struct fc_check;

/* Highest score of an alert; the lowest is 0. */
#define FC_SCORE_MAX 250
/* Longest message of an alert, in bytes. */
#define FC_MESSAGE_MAX 4096u

/*
 * An alert about a flow. Filled by the check, valid during trigger_alert. A
 * score out of range becomes the nearest in it, a message that is too long is
 * cut, a NULL one is empty whatever its length, and a longer script is cut. A
 * length above PTRDIFF_MAX is no length: the alert is refused.
 */
struct fc_alert {
    uint32_t struct_size; /* at least up to message_len, or it is refused */
    int32_t score;        /* 0..FC_SCORE_MAX */
    const char *message;  /* any bytes, not NUL-terminated */
    size_t message_len;   /* 0..FC_MESSAGE_MAX */
    const char *script;   /* file name of the script, NULL if none */
};

/* What became of an alert. Any other value: it was not delivered. */
enum fc_alert_fate {
    FC_ALERT_RAISED = 0,
    FC_ALERT_DUPLICATE = 1, /* this flow had the same score and message */
    FC_ALERT_LIMIT = 2,     /* this flow has had all its alerts (16) */
    FC_ALERT_FAILED = 3     /* not delivered; the host logged why */
};

/* Most checks of one module; a host refuses those after them. */
#define FC_CHECKS_MAX 64u

/*
 * What a check may ask of its host. A function's host is the struct that was
 * handed over, or a copy of it. The host hands a struct fc_host to
 * fc_module_init (there only register_check, log and install_dir work) and
 * another to each enable. Lives until fc_module_init returns FC_ERROR*, or
 * until the module is unloaded; the one of an enable until its disable
 * returns.
 */
struct fc_host {
    uint32_t struct_size;
    uint32_t abi_version;
    void *data;       /* the host's own */
    const char *name; /* program and version, "flowcheck 0.1" */

    /*
     * Offers a check. When: in fc_module_init only; later it fails. Thread
     * [main]. The host copies the struct; the strings must live as long as the
     * module. Of two checks with the same key, of one module or of two, the
     * first stays. Failure: the host logged why, and fc_module_init should
     * return the status.
     */
    enum fc_status (*register_check)(const struct fc_host *host,
                                     const struct fc_check *check);

    /*
     * Raises an alert about the flow of the running hook. When: inside
     * on_detect, on_periodic or on_end of this check, with the flow of that
     * call, by its own pointer; otherwise it fails. Thread [worker]. flow and
     * alert are read during the call. The alert is kept even if the check
     * fails afterwards.
     */
    enum fc_alert_fate (*trigger_alert)(const struct fc_host *host,
                                        const struct fc_flow *flow,
                                        const struct fc_alert *alert);

    /*
     * Logs a line (or several, separated by newlines), without a newline at
     * the end. When: always. Thread [any]. text is read during the call, up to
     * FC_LOG_MAX bytes; one that is NULL is not written.
     */
    void (*log)(const struct fc_host *host, enum fc_log_level level,
                const char *text);

    /*
     * The directory under which a check finds its files, for example
     * "/usr/share/ntopng". When: always. Thread [any]. The string lives as
     * long as the host struct. Never NULL.
     */
    const char *(*install_dir)(const struct fc_host *host);

    /*
     * A clock that never goes back, in nanoseconds from an arbitrary start.
     * When: always. Thread [any]. Costs no more than a clock_gettime.
     */
    uint64_t (*clock)(const struct fc_host *host);

    /*
     * The names of all protocols that fc_flow.l7_proto_name may have, each by
     * itself ("TLS" and "Google" for "TLS.Google"), in any order, up to a
     * NULL. When: always. Thread [worker], in fc_module_init [main]. The array
     * and its strings live as long as the host struct. May be NULL, or return
     * NULL: the host does not say.
     */
    const char *const *(*protocol_names)(const struct fc_host *host);
};

/*
 * Why a check failed: at a run, or before it. A kind that the host does not
 * know counts as a failure like all others, and is shown as "other".
 */
enum fc_failure {
    FC_FAILURE_SYNTAX = 0,   /* a script was no valid program */
    FC_FAILURE_RUNTIME = 1,  /* a script raised an error */
    FC_FAILURE_ARGUMENT = 2, /* it gave a flow.* function a bad argument */
    FC_FAILURE_BLOCKED = 3,  /* it called what scripts may not call */
    FC_FAILURE_TIME = 4,     /* its run took too long and was stopped */
    FC_FAILURE_MEMORY = 5,   /* it held too much memory and was stopped */
    FC_FAILURE_FILE = 6,     /* its file could not be read */
    FC_FAILURE_RELOAD = 7    /* a changed file did not load; the old one runs */
};
#define FC_FAILURES 8
/* Room for more kinds to come. */
#define FC_FAILURES_MAX 16

/* Buckets of a histogram of times: n counts 2^n to 2^(n+1) - 1 ns. */
#define FC_TIME_BUCKETS 40

/*
 * Whether a hook has something to run. Any other value is shown as "unknown",
 * and says neither that the hook runs nor that it does not.
 */
enum fc_hook_state {
    FC_HOOK_EMPTY = 0,  /* no script for it */
    FC_HOOK_READY = 1,  /* runs at every flow */
    FC_HOOK_BROKEN = 2, /* there is a script, but it did not load */
    FC_HOOK_OFF = 3     /* switched off: it had to be stopped too often */
};
#define FC_HOOK_STATES 4

/*
 * Figures of one hook of one instance, since enable. Figures that contradict
 * each other are shown as they are.
 */
struct fc_stats {
    /* Set by the host before the call. The check writes that many bytes and not
     * one more; what it writes here is not looked at. */
    uint32_t struct_size;
    enum fc_hook_state state;
    const char *script;  /* its path, or NULL; lives until the next config */
    uint64_t runs;       /* started */
    uint64_t ok;         /* ended without an error */
    uint64_t alerts;     /* trigger_alert calls that returned RAISED */
    uint64_t duplicates; /* ... DUPLICATE */
    uint64_t over_limit; /* ... LIMIT */
    uint64_t clamped;    /* alerts whose score was out of range */
    uint64_t failures[FC_FAILURES_MAX]; /* by enum fc_failure */
    uint64_t skipped; /* flows not looked at, after runs were stopped */
    uint64_t reloads; /* changed files taken over */

    /* Times of the runs that were timed, nanoseconds: of the first 1024 one in
     * 16, then one in 64. */
    uint64_t timed;
    uint64_t time_total;
    uint64_t time_max;
    uint64_t time_histogram[FC_TIME_BUCKETS];

    /* Memory of the VM that runs this hook; hooks may share one. */
    uint64_t memory_used; /* bytes now */
    uint64_t memory_peak; /* most at any moment */
    uint64_t collections; /* full ones that a limit has caused */

    const char *last_error;  /* NULL: none; lives until the next run */
    int64_t last_error_time; /* packet time, microseconds since 1970 */

    uint64_t allocations; /* of that VM, so far: blocks made, or resized */

    /* What a run may use; 0: the check did not say. */
    uint64_t time_limit;   /* nanoseconds of CPU time */
    uint64_t memory_limit; /* bytes of the VM */
};

/* How bad a finding is. Any other value is taken for FC_FINDING_WARNING. */
enum fc_finding_severity {
    FC_FINDING_ERROR = 0,  /* it will fail, or never do what it says */
    FC_FINDING_WARNING = 1 /* it may well be meant */
};

/* Something that is wrong in a script. Filled by the check, valid during the
 * call that it is handed to. */
struct fc_finding {
    uint32_t struct_size; /* at least up to line, or it is left out */
    enum fc_finding_severity severity;
    const char *script; /* path of the file; NULL: the script looked at */
    const char *text;   /* one line, without the place; NULL: none was given */
    uint32_t line;      /* from 1; 0: the file as a whole */
    uint32_t reserved;  /* 0 */
};

/* What the host does with a finding; context is what it gave with it. */
typedef void fc_finding_fn(void *context, const struct fc_finding *finding);

/*
 * The FlowCheck vtable. Instance first everywhere. enable and disable are
 * required, and the callback of each hook in the mask; the rest may be NULL. A
 * check that breaks a rule is refused, with a sentence that names the rule.
 */
struct fc_check {
    uint32_t struct_size; /* at least up to disable */
    uint32_t abi_version;
    const char *key;         /* [a-z0-9_]+, the name in the settings */
    const char *title;       /* for people, a few words; UTF-8, one line */
    const char *description; /* a sentence or two, likewise; may be NULL */
    uint32_t hooks;    /* mask of FC_HOOK_BIT() that may be called; not 0 */
    uint16_t alert_id; /* alert type number in alert records */
    uint16_t alert_category; /* 1 = security */

    /*
     * Makes an instance. When: the settings enable the check. Thread
     * [worker]. worker numbers the host's workers from 0. host lives until
     * disable returns. *instance is the check's own and may be NULL; every
     * other function gets it back. Failure: *instance is not used, the check
     * stays off on this worker.
     */
    enum fc_status (*enable)(const struct fc_host *host, unsigned worker,
                             void **instance);

    /*
     * Ends an instance and frees all it owns. When: the settings disable the
     * check, or the host ends. Thread [worker]. Cannot fail.
     */
    void (*disable)(void *instance);

    /*
     * Hands over the check's own settings: one JSON object of len bytes, not
     * NUL-terminated, valid during the call; "{}" means defaults. When: after
     * enable, and whenever they change, never inside a hook. Thread [worker].
     * Failure: the check logged why; the settings in force stay in force.
     */
    enum fc_status (*config)(void *instance, const char *json, size_t len);

    /*
     * The hooks. When: on_detect once per flow, as soon as its protocol and
     * metadata are known (or given up, or the flow ends before); on_periodic
     * about every 60 seconds of packet time of a flow that lives so long after
     * it, silent or not; on_end once, after on_detect, when the flow is over.
     * Thread [worker]. flow and all that it points to are valid during the
     * call. A failure is the check's own to log and count; the host goes on.
     */
    void (*on_detect)(void *instance, const struct fc_flow *flow);
    void (*on_periodic)(void *instance, const struct fc_flow *flow);
    void (*on_end)(void *instance, const struct fc_flow *flow);

    /*
     * Fills *out, of out->struct_size bytes, for one hook. When: between two
     * hooks. Thread [worker]. Failure: *out is unchanged. Without figures of a
     * check, the host tells what it has counted itself: calls and alerts.
     */
    enum fc_status (*stats)(void *instance, enum fc_hook hook,
                            struct fc_stats *out);

    /*
     * Looks at the scripts of all hooks, as their files are now, without
     * running them, and calls found for each thing that is wrong with them, in
     * the order of hooks and about that of lines. When: after config, between
     * two hooks. Thread [worker], found too, which must not call the check.
     * context is handed to found as it is. Failure: some findings may be
     * missing.
     */
    enum fc_status (*lint)(void *instance, fc_finding_fn *found, void *context);

    /*
     * Which hooks would do something now: a mask of FC_HOOK_BIT(); NULL means
     * all of hooks, and bits outside of hooks mean nothing. A host may leave
     * the others out, and need not keep for them what it knows of a flow. When:
     * between two hooks, as often as twice for each of them: it must be cheap.
     * It may change whenever files or settings do. Thread [worker]. Cannot
     * fail.
     */
    uint32_t (*active)(void *instance);
};

/*
 * The module's one exported function, "fc_module_init". When: once, right
 * after the module was loaded. Thread [main]. It checks host->abi_version and
 * calls host->register_check for each check. host lives as long as the
 * module. Failure: the host logs it and unloads the module, with all that it
 * registered.
 */
typedef enum fc_status fc_module_init_fn(const struct fc_host *host);
#define FC_MODULE_INIT "fc_module_init"

/*
 * Copies a struct that begins with a uint32_t struct_size, and may have been
 * compiled with another size, into *to of size bytes: what both know is
 * copied, the rest of *to is zero, and its struct_size is size.
 */
static inline void fc_copy_struct(void *to, uint32_t size, const void *from)
{
    uint32_t from_size;

    memcpy(&from_size, from, sizeof from_size);
    memset(to, 0, size);
    memcpy(to, from, from_size < size ? from_size : size);
    memcpy(to, &size, sizeof size);
}

#ifdef __cplusplus
}
#endif

#endif
