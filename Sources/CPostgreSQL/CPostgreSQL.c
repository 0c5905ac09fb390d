#include "CPostgreSQL.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

// What PulpPostgreSQL calls of libpq: result, name, parameters, arguments. libpq-fe.h declares the same, so that a difference
// does not compile.
#define LIBPQ(X) \
    X(PGconn *, PQconnectdbParams, (const char *const *keywords, const char *const *values, int expand), (keywords, values, expand)) \
    X(PQconninfoOption *, PQconninfoParse, (const char *text, char **message), (text, message)) \
    X(void, PQconninfoFree, (PQconninfoOption *options), (options)) \
    X(void, PQfreemem, (void *memory), (memory)) \
    X(void, PQfinish, (PGconn *connection), (connection)) \
    X(ConnStatusType, PQstatus, (const PGconn *connection), (connection)) \
    X(PGTransactionStatusType, PQtransactionStatus, (const PGconn *connection), (connection)) \
    X(const char *, PQparameterStatus, (const PGconn *connection, const char *name), (connection, name)) \
    X(int, PQserverVersion, (const PGconn *connection), (connection)) \
    X(char *, PQerrorMessage, (const PGconn *connection), (connection)) \
    X(int, PQsocket, (const PGconn *connection), (connection)) \
    X(int, PQbackendPID, (const PGconn *connection), (connection)) \
    X(PQnoticeProcessor, PQsetNoticeProcessor, (PGconn *connection, PQnoticeProcessor processor, void *argument), \
      (connection, processor, argument)) \
    X(PGresult *, PQexec, (PGconn *connection, const char *query), (connection, query)) \
    X(PGresult *, PQprepare, (PGconn *connection, const char *name, const char *query, int count, const Oid *types), \
      (connection, name, query, count, types)) \
    X(PGresult *, PQexecPrepared, \
      (PGconn *connection, const char *name, int count, const char *const *values, const int *lengths, const int *formats, int format), \
      (connection, name, count, values, lengths, formats, format)) \
    X(int, PQsendQueryPrepared, \
      (PGconn *connection, const char *name, int count, const char *const *values, const int *lengths, const int *formats, int format), \
      (connection, name, count, values, lengths, formats, format)) \
    X(int, PQsendQueryParams, \
      (PGconn *connection, const char *query, int count, const Oid *types, const char *const *values, const int *lengths, \
       const int *formats, int format), \
      (connection, query, count, types, values, lengths, formats, format)) \
    X(int, PQenterPipelineMode, (PGconn *connection), (connection)) \
    X(int, PQexitPipelineMode, (PGconn *connection), (connection)) \
    X(int, PQpipelineSync, (PGconn *connection), (connection)) \
    X(int, PQsetSingleRowMode, (PGconn *connection), (connection)) \
    X(PGresult *, PQgetResult, (PGconn *connection), (connection)) \
    X(int, PQconsumeInput, (PGconn *connection), (connection)) \
    X(PGnotify *, PQnotifies, (PGconn *connection), (connection)) \
    X(ExecStatusType, PQresultStatus, (const PGresult *result), (result)) \
    X(char *, PQresultErrorField, (const PGresult *result, int field), (result, field)) \
    X(int, PQntuples, (const PGresult *result), (result)) \
    X(int, PQnfields, (const PGresult *result), (result)) \
    X(char *, PQfname, (const PGresult *result, int column), (result, column)) \
    X(Oid, PQftype, (const PGresult *result, int column), (result, column)) \
    X(char *, PQcmdStatus, (PGresult *result), (result)) \
    X(char *, PQcmdTuples, (PGresult *result), (result)) \
    X(char *, PQgetvalue, (const PGresult *result, int row, int column), (result, row, column)) \
    X(int, PQgetlength, (const PGresult *result, int row, int column), (result, row, column)) \
    X(int, PQgetisnull, (const PGresult *result, int row, int column), (result, row, column)) \
    X(void, PQclear, (PGresult *result), (result))

#define MEMBER(type, name, parameters, arguments) type(*name) parameters;
#define FORWARD(type, name, parameters, arguments) \
    type name parameters { return libpq.name arguments; }
#define FIND(type, name, parameters, arguments) \
    if (!(*(void **)&libpq.name = dlsym(library, #name))) { \
        snprintf(failure, sizeof failure, "%s", dlerror()); \
        return; \
    }

static struct { LIBPQ(MEMBER) } libpq;
static char failure[256];

LIBPQ(FORWARD)

static void open_once(void) {
#ifdef __APPLE__
    static const char name[] = "libpq.5.dylib";
#else
    static const char name[] = "libpq.so.5";
#endif
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(failure, sizeof failure, "%s", dlerror());
        return;
    }
    LIBPQ(FIND)
}

const char *pulp_open_libpq(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_once);
    return failure[0] ? failure : NULL;
}
