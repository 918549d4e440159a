/* A layer between SQLite and the operating system that fails on command. It becomes SQLite's
 * default file system at program start and passes calls on until told otherwise (see lib.rs). */

#define _GNU_SOURCE
#include "sqlite3.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The values of Fault in lib.rs. */
enum { NONE, FULL, IO_ERROR, SHORT_WRITE, TORN_PAGE, SYNC_FAILS, SLOW, REFUSED, READ_ERROR };
typedef struct {
    uint64_t kind;
    uint64_t countdown; /* calls that still succeed */
    uint64_t lasts;     /* calls that fail after that */
    uint64_t fired;     /* calls that failed */
} Control;

typedef struct {
    sqlite3_file base;
    sqlite3_file *real; /* placed after this struct */
} File;

static sqlite3_vfs *real_vfs;
static sqlite3_vfs layer;
static Control nothing;
static Control *control = &nothing;

#define REAL(file) (((File *)(file))->real)
#define CALL(file, method, ...) (REAL(file)->pMethods->method(REAL(file), ##__VA_ARGS__))

/* Returns the fault for a call that may fail, or NONE. */
static uint64_t fault(void) {
    if (control->kind == NONE) return NONE;
    if (__atomic_load_n(&control->countdown, __ATOMIC_SEQ_CST) > 0) {
        __atomic_fetch_sub(&control->countdown, 1, __ATOMIC_SEQ_CST);
        return NONE;
    }
    if (__atomic_load_n(&control->lasts, __ATOMIC_SEQ_CST) == 0) return NONE;
    __atomic_fetch_sub(&control->lasts, 1, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&control->fired, 1, __ATOMIC_SEQ_CST);
    if (control->kind == SLOW) usleep(5000);
    return control->kind;
}

static int x_close(sqlite3_file *file) {
    return CALL(file, xClose);
}

static int x_read(sqlite3_file *file, void *buffer, int amount, sqlite3_int64 offset) {
    if (control->kind == READ_ERROR && fault() == READ_ERROR) return SQLITE_IOERR_READ;
    return CALL(file, xRead, buffer, amount, offset);
}

static int x_write(sqlite3_file *file, const void *buffer, int amount, sqlite3_int64 offset) {
    switch (control->kind == READ_ERROR ? NONE : fault()) {
    case FULL:
        return SQLITE_FULL;
    case IO_ERROR:
    case REFUSED:
        return SQLITE_IOERR_WRITE;
    case SHORT_WRITE: /* like a disk that fills up in the middle of a page */
        CALL(file, xWrite, buffer, amount / 2, offset);
        return SQLITE_FULL;
    case TORN_PAGE: {
        char *torn = malloc((size_t)amount);
        if (torn == NULL) return SQLITE_IOERR_NOMEM;
        memset(torn, 0x5A, (size_t)amount);
        memcpy(torn, buffer, (size_t)amount / 3);
        CALL(file, xWrite, torn, amount, offset);
        free(torn);
        return SQLITE_IOERR_WRITE;
    }
    default:
        return CALL(file, xWrite, buffer, amount, offset);
    }
}

static int x_truncate(sqlite3_file *file, sqlite3_int64 size) {
    switch (control->kind == READ_ERROR ? NONE : fault()) {
    case IO_ERROR:
    case REFUSED:
        return SQLITE_IOERR_TRUNCATE;
    default:
        return CALL(file, xTruncate, size);
    }
}

static int x_sync(sqlite3_file *file, int flags) {
    switch (control->kind == READ_ERROR ? NONE : fault()) {
    case IO_ERROR:
    case REFUSED:
    case SYNC_FAILS:
        return SQLITE_IOERR_FSYNC;
    default:
        return CALL(file, xSync, flags);
    }
}

static int x_file_size(sqlite3_file *file, sqlite3_int64 *size) {
    return CALL(file, xFileSize, size);
}
static int x_lock(sqlite3_file *file, int lock) {
    return CALL(file, xLock, lock);
}
static int x_unlock(sqlite3_file *file, int lock) {
    return CALL(file, xUnlock, lock);
}
static int x_check_reserved_lock(sqlite3_file *file, int *out) {
    return CALL(file, xCheckReservedLock, out);
}
static int x_file_control(sqlite3_file *file, int operation, void *argument) {
    return CALL(file, xFileControl, operation, argument);
}
static int x_sector_size(sqlite3_file *file) {
    return CALL(file, xSectorSize);
}
static int x_device_characteristics(sqlite3_file *file) {
    return CALL(file, xDeviceCharacteristics);
}
static int x_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out) {
    return CALL(file, xShmMap, page, size, extend, out);
}
static int x_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return CALL(file, xShmLock, offset, count, flags);
}
static void x_shm_barrier(sqlite3_file *file) {
    CALL(file, xShmBarrier);
}
static int x_shm_unmap(sqlite3_file *file, int remove) {
    return CALL(file, xShmUnmap, remove);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2, /* excludes memory-mapped reads, which would bypass the layer */
    .xClose = x_close,
    .xRead = x_read,
    .xWrite = x_write,
    .xTruncate = x_truncate,
    .xSync = x_sync,
    .xFileSize = x_file_size,
    .xLock = x_lock,
    .xUnlock = x_unlock,
    .xCheckReservedLock = x_check_reserved_lock,
    .xFileControl = x_file_control,
    .xSectorSize = x_sector_size,
    .xDeviceCharacteristics = x_device_characteristics,
    .xShmMap = x_shm_map,
    .xShmLock = x_shm_lock,
    .xShmBarrier = x_shm_barrier,
    .xShmUnmap = x_shm_unmap,
};

static int x_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *out_flags) {
    File *wrapped = (File *)file;
    (void)vfs;
    wrapped->base.pMethods = NULL;
    if (control->kind == REFUSED && fault() == REFUSED) return SQLITE_CANTOPEN;
    wrapped->real = (sqlite3_file *)(wrapped + 1);
    int result = real_vfs->xOpen(real_vfs, name, wrapped->real, flags, out_flags);
    if (wrapped->real->pMethods != NULL) wrapped->base.pMethods = &methods;
    return result;
}

static int x_delete(sqlite3_vfs *vfs, const char *name, int sync_folder) {
    (void)vfs;
    if (control->kind == REFUSED && fault() == REFUSED) return SQLITE_IOERR_DELETE;
    return real_vfs->xDelete(real_vfs, name, sync_folder);
}

static void open_control(void) {
    const char *path = getenv("FAULTY_DISK_CONTROL");
    if (path == NULL) return;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) abort();
    void *mapped = mmap(NULL, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped == MAP_FAILED) abort();
    control = mapped;
}

/* OpenSSL inside SQLCipher, initialised without cleanup at exit, as the program does it. */
extern int OPENSSL_init_crypto(uint64_t options, const void *settings);
#define WITHOUT_CLEANING_UP 0x00080000L

__attribute__((constructor)) static void install(void) {
    OPENSSL_init_crypto(WITHOUT_CLEANING_UP, NULL);
    open_control();
    real_vfs = sqlite3_vfs_find(NULL);
    if (real_vfs == NULL) abort();
    layer = *real_vfs;
    layer.pNext = NULL;
    layer.zName = "faulty-disk";
    layer.szOsFile = (int)sizeof(File) + real_vfs->szOsFile;
    layer.xOpen = x_open;
    layer.xDelete = x_delete;
    if (sqlite3_vfs_register(&layer, 1) != SQLITE_OK) abort();
}
