/*
 * Sandboxed worker processes for checkers (Linux). Declared by the library of decode-worker, which exports everything of lookalike.h, too.
 */

#ifndef LOOKALIKE_WORKERS_H
#define LOOKALIKE_WORKERS_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Enables `worker_program` in the options of checkers. Call it before the first checker is made; later calls do nothing.
 */
void lookalike_workers_enable(void);

#ifdef __cplusplus
}
#endif

#endif /* LOOKALIKE_WORKERS_H */
