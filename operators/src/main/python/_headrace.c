/*
 * What headrace._native does, as a C extension module: counted loans, memory that NumPy can wrap,
 * and DLPack capsules both ways. headrace/_ctypes_native.py is its twin, which needs no compiler,
 * and tells the interface in full; VERSION changes whenever the interface does.
 *
 * A loan is counted outside of Python's objects, so that the deleter of a capsule needs neither the
 * GIL nor an interpreter: a consumer may call it from any thread, from atexit and after Python has
 * ended.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define VERSION 2
#define MAX_RANK 64

/* ---- DLPack 1.1, laid out as published ---- */

enum { CPU = 1, DLPACK_MAJOR = 1, DLPACK_MINOR = 1, READ_ONLY_FLAG = 1 };

typedef struct {
    void *data;
    int32_t device_type;
    int32_t device_id;
    int32_t rank;
    uint8_t code;
    uint8_t bits;
    uint16_t lanes;
    int64_t *shape;
    int64_t *strides; /* in elements; NULL: C-contiguous */
    uint64_t byte_offset;
} Tensor;

typedef struct Unversioned {
    Tensor tensor;
    void *owner;
    void (*deleter)(struct Unversioned *);
} Unversioned;

typedef struct Versioned {
    uint32_t major;
    uint32_t minor;
    void *owner;
    void (*deleter)(struct Versioned *);
    uint64_t flags;
    Tensor tensor;
} Versioned;

_Static_assert(sizeof(void *) == 8, "addresses are words of 64 bits");
_Static_assert(sizeof(Tensor) == 48 && offsetof(Tensor, shape) == 24, "layout of a tensor");
_Static_assert(sizeof(Unversioned) == 64 && sizeof(Versioned) == 80, "layout of managed tensors");

static const char UNVERSIONED[] = "dltensor";
static const char VERSIONED[] = "dltensor_versioned";
static const char USED_UNVERSIONED[] = "used_dltensor";
static const char USED_VERSIONED[] = "used_dltensor_versioned";

/* ---- Loans, and the ring that is told of their ends; no Python here ---- */

typedef struct {
    atomic_llong holders;
    atomic_llong capsules; /* those of the holders that are capsules */
    int64_t number;
} Count;

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && sizeof(atomic_llong) == 8,
               "the ring's words are atomic");

static _Atomic(atomic_llong *) ring; /* capacity, tail, entries */

static void tell_end(int64_t number) {
    atomic_llong *words = atomic_load_explicit(&ring, memory_order_acquire);
    if (words == NULL || number == 0) {
        return;
    }
    uint64_t mask = (uint64_t)atomic_load_explicit(&words[0], memory_order_relaxed) - 1;
    uint64_t place = (uint64_t)atomic_fetch_add_explicit(&words[1], 1, memory_order_relaxed);
    atomic_store_explicit(&words[2 + (place & mask)], number, memory_order_release);
}

static void hold(Count *count) {
    atomic_fetch_add_explicit(&count->holders, 1, memory_order_relaxed);
}

static void let_go(Count *count) {
    /* What each holder did happens before the end is told: all release, the last acquires. */
    if (atomic_fetch_sub_explicit(&count->holders, 1, memory_order_acq_rel) == 1) {
        tell_end(count->number);
        free(count);
    }
}

static void let_go_of_capsule(Count *count) {
    atomic_fetch_sub_explicit(&count->capsules, 1, memory_order_release);
    let_go(count);
}

static void delete_unversioned(Unversioned *managed) {
    let_go_of_capsule(managed->owner);
    free(managed);
}

static void delete_versioned(Versioned *managed) {
    let_go_of_capsule(managed->owner);
    free(managed);
}

/* ---- Arguments ---- */

/* Puts arguments, given by place or by name, in the order of names; NULL where one is left out. */
static bool arguments(const char *function, const char *const *names, Py_ssize_t needed,
                      Py_ssize_t most, PyObject *const *given, size_t flags, PyObject *keywords,
                      PyObject **found) {
    Py_ssize_t places = PyVectorcall_NARGS(flags);
    if (places > most) {
        PyErr_Format(PyExc_TypeError, "%s() takes %zd arguments, got %zd", function, most, places);
        return false;
    }
    for (Py_ssize_t i = 0; i < most; i++) {
        found[i] = i < places ? given[i] : NULL;
    }
    for (Py_ssize_t k = 0, n = keywords == NULL ? 0 : PyTuple_GET_SIZE(keywords); k < n; k++) {
        PyObject *keyword = PyTuple_GET_ITEM(keywords, k);
        Py_ssize_t i = 0;
        while (i < most && PyUnicode_CompareWithASCIIString(keyword, names[i]) != 0) {
            i++;
        }
        if (i == most || found[i] != NULL) {
            PyErr_Format(PyExc_TypeError, "%s() got %s argument '%U'", function,
                         i == most ? "an unknown" : "twice the", keyword);
            return false;
        }
        found[i] = given[places + k];
    }
    for (Py_ssize_t i = 0; i < needed; i++) {
        if (found[i] == NULL) {
            PyErr_Format(PyExc_TypeError, "%s() misses argument '%s'", function, names[i]);
            return false;
        }
    }
    return true;
}

static bool to_address(PyObject *object, uint64_t *address) {
    *address = PyLong_AsUnsignedLongLong(object);
    return *address != UINT64_MAX || !PyErr_Occurred();
}

/* ---- Loan(number) ---- */

typedef struct {
    PyObject_HEAD Count *count;
} Loan;

static PyTypeObject LoanType;

static PyObject *loan_new(PyObject *type, PyObject *const *given, size_t flags,
                          PyObject *keywords) {
    static const char *const names[] = {"number"};
    (void)type;
    PyObject *found[1];
    if (!arguments("Loan", names, 1, 1, given, flags, keywords, found)) {
        return NULL;
    }
    long long number = PyLong_AsLongLong(found[0]);
    if (number == -1 && PyErr_Occurred()) {
        return NULL;
    }
    if (number < 0) {
        return PyErr_Format(PyExc_ValueError, "loan number %lld is negative", number);
    }
    Loan *loan = PyObject_New(Loan, &LoanType);
    if (loan == NULL) {
        return NULL;
    }
    loan->count = malloc(sizeof *loan->count);
    if (loan->count == NULL) {
        Py_DECREF(loan);
        return PyErr_NoMemory();
    }
    atomic_init(&loan->count->holders, 1);
    atomic_init(&loan->count->capsules, 0);
    loan->count->number = number;
    return (PyObject *)loan;
}

static void loan_dealloc(PyObject *self) {
    Count *count = ((Loan *)self)->count;
    if (count != NULL) {
        let_go(count);
    }
    PyObject_Free(self);
}

static PyObject *loan_number(PyObject *self, void *closure) {
    (void)closure;
    return PyLong_FromLongLong(((Loan *)self)->count->number);
}

static PyObject *loan_capsules(PyObject *self, void *closure) {
    (void)closure;
    Count *count = ((Loan *)self)->count;
    return PyLong_FromLongLong(atomic_load_explicit(&count->capsules, memory_order_acquire));
}

static PyGetSetDef loan_attributes[] = {
    {"capsules", loan_capsules, NULL, "how many capsules hold the loan", NULL},
    {"number", loan_number, NULL,
     "the number that is told when nobody holds the loan any more; 0 is not told", NULL},
    {0},
};

static PyTypeObject LoanType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_headrace.Loan",
    .tp_doc = "A loan of the engine's memory, counted; its end is told through the ring.",
    .tp_basicsize = sizeof(Loan),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = loan_dealloc,
    .tp_getset = loan_attributes,
    .tp_vectorcall = loan_new,
};

/* ---- Memory(address, nbytes, loan, writable) ---- */

typedef struct {
    PyObject_HEAD uint64_t address;
    Py_ssize_t nbytes;
    PyObject *loan;
    char writable;
} Memory;

static PyTypeObject MemoryType;

static PyObject *memory_new(PyObject *type, PyObject *const *given, size_t flags,
                            PyObject *keywords) {
    static const char *const names[] = {"address", "nbytes", "loan", "writable"};
    (void)type;
    PyObject *found[4];
    uint64_t address;
    if (!arguments("Memory", names, 4, 4, given, flags, keywords, found)
        || !to_address(found[0], &address)) {
        return NULL;
    }
    Py_ssize_t nbytes = PyLong_AsSsize_t(found[1]);
    int writable = PyObject_IsTrue(found[3]);
    if ((nbytes == -1 && PyErr_Occurred()) || writable < 0) {
        return NULL;
    }
    if (nbytes < 0) {
        return PyErr_Format(PyExc_ValueError, "memory of %zd bytes", nbytes);
    }
    if (!Py_IS_TYPE(found[2], &LoanType)) {
        return PyErr_Format(PyExc_TypeError, "expected a Loan, got %s", Py_TYPE(found[2])->tp_name);
    }
    Memory *memory = PyObject_New(Memory, &MemoryType);
    if (memory == NULL) {
        return NULL;
    }
    memory->address = address;
    memory->nbytes = nbytes;
    memory->loan = Py_NewRef(found[2]);
    memory->writable = (char)writable;
    return (PyObject *)memory;
}

static void memory_dealloc(PyObject *self) {
    Py_DECREF(((Memory *)self)->loan);
    PyObject_Free(self);
}

static int memory_buffer(PyObject *self, Py_buffer *buffer, int flags) {
    Memory *memory = (Memory *)self;
    return PyBuffer_FillInfo(buffer, self, (void *)(uintptr_t)memory->address, memory->nbytes,
                             !memory->writable, flags);
}

static PyObject *memory_itself(PyObject *self, PyObject *nothing) {
    (void)nothing;
    return Py_NewRef(self);
}

static PyBufferProcs memory_as_buffer = {.bf_getbuffer = memory_buffer};

static PyMemberDef memory_attributes[] = {
    {"address", T_ULONGLONG, offsetof(Memory, address), READONLY, "of the first byte"},
    {"nbytes", T_PYSSIZET, offsetof(Memory, nbytes), READONLY, "how many bytes"},
    {"loan", T_OBJECT_EX, offsetof(Memory, loan), READONLY, "what keeps the memory valid"},
    {"writable", T_BOOL, offsetof(Memory, writable), READONLY,
     "whether its buffers may be written to"},
    {0},
};

static PyMethodDef memory_methods[] = {
    {"buffer", memory_itself, METH_NOARGS, "A buffer of all bytes that holds the loan: this."},
    {0},
};

static PyTypeObject MemoryType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_headrace.Memory",
    .tp_doc = "Bytes at an address, as a buffer that holds a loan.",
    .tp_basicsize = sizeof(Memory),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = memory_dealloc,
    .tp_as_buffer = &memory_as_buffer,
    .tp_members = memory_attributes,
    .tp_methods = memory_methods,
    .tp_vectorcall = memory_new,
};

/* ---- to_capsule ---- */

/* Fills in the strides of a C-contiguous tensor, in elements; false if its volume is no int64. */
static bool contiguous(int32_t rank, const int64_t *shape, int64_t *strides) {
    int64_t step = 1;
    for (int32_t i = rank - 1; i >= 0; i--) {
        strides[i] = step;
        if (shape[i] > 1) {
            if (step > INT64_MAX / shape[i]) {
                PyErr_Format(PyExc_ValueError, "extents of more than %lld elements",
                             (long long)INT64_MAX);
                return false;
            }
            step *= shape[i];
        }
    }
    return true;
}

static bool extents_fit(Py_ssize_t rank, const int64_t *shape) {
    for (Py_ssize_t i = 0; i < rank; i++) {
        if (shape[i] < 0) {
            PyErr_Format(PyExc_ValueError, "extent %lld at dimension %zd", (long long)shape[i], i);
            return false;
        }
    }
    return true;
}

static bool rank_fits(Py_ssize_t rank) {
    if (rank < 0 || rank > MAX_RANK) {
        PyErr_Format(PyExc_ValueError, "rank %zd, expected 0 to %d", rank, MAX_RANK);
        return false;
    }
    return true;
}

/* Whoever drops a capsule that nobody consumed. It may do so while an exception is being raised:
 * neither call here touches it, as the capsule has the name that is asked for. */
static void drop_capsule(PyObject *capsule) {
    if (PyCapsule_IsValid(capsule, VERSIONED)) {
        delete_versioned(PyCapsule_GetPointer(capsule, VERSIONED));
    } else if (PyCapsule_IsValid(capsule, UNVERSIONED)) {
        delete_unversioned(PyCapsule_GetPointer(capsule, UNVERSIONED));
    }
}

static PyObject *to_capsule(PyObject *module, PyObject *const *given, Py_ssize_t count,
                            PyObject *keywords) {
    static const char *const names[] = {"loan",      "address",     "code",
                                        "bits",      "shape",       "versioned",
                                        "read_only", "device_type", "device_id"};
    (void)module;
    PyObject *found[9];
    uint64_t address;
    if (!arguments("to_capsule", names, 7, 9, given, (size_t)count, keywords, found)
        || !to_address(found[1], &address)) {
        return NULL;
    }
    if (!Py_IS_TYPE(found[0], &LoanType)) {
        return PyErr_Format(PyExc_TypeError, "expected a Loan, got %s", Py_TYPE(found[0])->tp_name);
    }
    PyObject *extents = found[4];
    if (!PyTuple_Check(extents)) {
        return PyErr_Format(PyExc_TypeError, "expected a tuple of extents, got %s",
                            Py_TYPE(extents)->tp_name);
    }
    Py_ssize_t rank = PyTuple_GET_SIZE(extents);
    long code = PyLong_AsLong(found[2]);
    long bits = PyLong_AsLong(found[3]);
    int versioned = PyObject_IsTrue(found[5]);
    int read_only = PyObject_IsTrue(found[6]);
    long device_type = found[7] == NULL ? CPU : PyLong_AsLong(found[7]);
    long device_id = found[8] == NULL ? 0 : PyLong_AsLong(found[8]);
    if (PyErr_Occurred() || !rank_fits(rank)) {
        return NULL;
    }

    /* One block: the managed tensor, then its extents, then its strides. */
    size_t head = versioned ? sizeof(Versioned) : sizeof(Unversioned);
    char *block = malloc(head + 2 * (size_t)rank * sizeof(int64_t));
    if (block == NULL) {
        return PyErr_NoMemory();
    }
    int64_t *shape = (int64_t *)(block + head);
    int64_t *strides = shape + rank;
    for (Py_ssize_t i = 0; i < rank; i++) {
        shape[i] = PyLong_AsLongLong(PyTuple_GET_ITEM(extents, i));
        if (shape[i] == -1 && PyErr_Occurred()) {
            free(block);
            return NULL;
        }
    }
    if (!extents_fit(rank, shape) || !contiguous((int32_t)rank, shape, strides)) {
        free(block);
        return NULL;
    }
    Tensor tensor = {
        .data = (void *)(uintptr_t)address,
        .device_type = (int32_t)device_type,
        .device_id = (int32_t)device_id,
        .rank = (int32_t)rank,
        .code = (uint8_t)code,
        .bits = (uint8_t)bits,
        .lanes = 1,
        .shape = shape,
        .strides = strides,
        .byte_offset = 0,
    };
    Count *owner = ((Loan *)found[0])->count;
    if (versioned) {
        *(Versioned *)block = (Versioned){
            .major = DLPACK_MAJOR,
            .minor = DLPACK_MINOR,
            .owner = owner,
            .deleter = delete_versioned,
            .flags = read_only ? READ_ONLY_FLAG : 0,
            .tensor = tensor,
        };
    } else {
        *(Unversioned *)block =
            (Unversioned){.tensor = tensor, .owner = owner, .deleter = delete_unversioned};
    }
    PyObject *capsule = PyCapsule_New(block, versioned ? VERSIONED : UNVERSIONED, drop_capsule);
    if (capsule == NULL) {
        free(block);
        return NULL;
    }
    hold(owner);
    atomic_fetch_add_explicit(&owner->capsules, 1, memory_order_relaxed);
    return capsule;
}

/* ---- from_capsule ---- */

typedef struct {
    PyObject_HEAD void *managed; /* NULL once its deleter was called */
    uint64_t address;
    PyObject *shape;
    PyObject *strides;
    int32_t device_type;
    int32_t device_id;
    uint16_t lanes;
    uint8_t code;
    uint8_t bits;
    char read_only;
    char versioned;
} Foreign;

/* Calls the deleter, once. The GIL is held, as consumers that are Python objects hold it: some
 * producers rely on it. */
static void foreign_end(Foreign *foreign) {
    void *managed = foreign->managed;
    foreign->managed = NULL;
    if (managed == NULL) {
        return;
    }
    if (foreign->versioned) {
        Versioned *versioned = managed;
        if (versioned->deleter != NULL) {
            versioned->deleter(versioned);
        }
    } else {
        Unversioned *unversioned = managed;
        if (unversioned->deleter != NULL) {
            unversioned->deleter(unversioned);
        }
    }
}

static PyObject *foreign_close(PyObject *self, PyObject *nothing) {
    (void)nothing;
    foreign_end((Foreign *)self);
    if (PyErr_Occurred()) {
        return NULL;
    }
    Py_RETURN_NONE;
}

static void foreign_dealloc(PyObject *self) {
    Foreign *foreign = (Foreign *)self;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    foreign_end(foreign);
    if (PyErr_Occurred()) {
        PyErr_WriteUnraisable(NULL);
    }
    PyErr_Restore(type, value, traceback);
    Py_XDECREF(foreign->shape);
    Py_XDECREF(foreign->strides);
    PyObject_Free(self);
}

static PyMemberDef foreign_attributes[] = {
    {"address", T_ULONGLONG, offsetof(Foreign, address), READONLY,
     "of the first element, byte offset added"},
    {"code", T_UBYTE, offsetof(Foreign, code), READONLY, "DLPack's type code"},
    {"bits", T_UBYTE, offsetof(Foreign, bits), READONLY, "bits of a lane"},
    {"lanes", T_USHORT, offsetof(Foreign, lanes), READONLY, "lanes of an element"},
    {"shape", T_OBJECT_EX, offsetof(Foreign, shape), READONLY, "tuple of extents"},
    {"strides", T_OBJECT_EX, offsetof(Foreign, strides), READONLY, "tuple of strides, in elements"},
    {"device_type", T_INT, offsetof(Foreign, device_type), READONLY, "DLPack's device type"},
    {"device_id", T_INT, offsetof(Foreign, device_id), READONLY,
     "number among the devices of its type"},
    {"read_only", T_BOOL, offsetof(Foreign, read_only), READONLY,
     "whether the producer forbids writing"},
    {"versioned", T_BOOL, offsetof(Foreign, versioned), READONLY,
     "whether the capsule was a versioned one"},
    {0},
};

static PyMethodDef foreign_methods[] = {
    {"close", foreign_close, METH_NOARGS,
     "Gives the tensor back to its producer; later calls do nothing."},
    {0},
};

static PyTypeObject ForeignType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "_headrace.Foreign",
    .tp_doc = "A tensor taken from a capsule; given back by close(), or when it is dropped.",
    .tp_basicsize = sizeof(Foreign),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = foreign_dealloc,
    .tp_members = foreign_attributes,
    .tp_methods = foreign_methods,
};

static PyObject *to_tuple(Py_ssize_t length, const int64_t *values) {
    PyObject *tuple = PyTuple_New(length);
    for (Py_ssize_t i = 0; tuple != NULL && i < length; i++) {
        PyObject *value = PyLong_FromLongLong(values[i]);
        if (value == NULL) {
            Py_CLEAR(tuple);
        } else {
            PyTuple_SET_ITEM(tuple, i, value);
        }
    }
    return tuple;
}

/* The tensor in a capsule; NULL, with a ValueError, where there is none that we may read. */
static const Tensor *tensor_of(PyObject *capsule, const char *name, bool *versioned) {
    if (name == NULL) {
        PyErr_SetString(PyExc_ValueError,
                        "a capsule without a name, expected dltensor or dltensor_versioned");
        return NULL;
    }
    if (strcmp(name, USED_VERSIONED) == 0 || strcmp(name, USED_UNVERSIONED) == 0) {
        PyErr_SetString(PyExc_ValueError, "used");
        return NULL;
    }
    *versioned = strcmp(name, VERSIONED) == 0;
    if (!*versioned) {
        if (strcmp(name, UNVERSIONED) != 0) {
            PyErr_Format(PyExc_ValueError,
                         "a capsule named %s, expected dltensor or dltensor_versioned", name);
            return NULL;
        }
        return &((Unversioned *)PyCapsule_GetPointer(capsule, name))->tensor;
    }
    Versioned *managed = PyCapsule_GetPointer(capsule, name);
    if (managed->major != DLPACK_MAJOR) {
        /* Left as it is: the capsule's own destructor calls the deleter, as it must be. */
        PyErr_Format(PyExc_ValueError, "version %u.%u", (unsigned)managed->major,
                     (unsigned)managed->minor);
        return NULL;
    }
    return &managed->tensor;
}

static PyObject *from_capsule(PyObject *module, PyObject *capsule) {
    (void)module;
    if (!PyCapsule_CheckExact(capsule)) {
        return PyErr_Format(PyExc_TypeError, "expected a PyCapsule, got %s",
                            Py_TYPE(capsule)->tp_name);
    }
    const char *name = PyCapsule_GetName(capsule);
    bool versioned;
    const Tensor *tensor = tensor_of(capsule, name, &versioned);
    if (tensor == NULL || !rank_fits(tensor->rank)) {
        return NULL;
    }
    if (tensor->rank > 0 && tensor->shape == NULL) {
        return PyErr_Format(PyExc_ValueError, "rank %d without extents", (int)tensor->rank);
    }
    int64_t filled_in[MAX_RANK];
    const int64_t *strides = tensor->strides;
    if (!extents_fit(tensor->rank, tensor->shape)) {
        return NULL;
    }
    if (strides == NULL) {
        if (!contiguous(tensor->rank, tensor->shape, filled_in)) {
            return NULL;
        }
        strides = filled_in;
    }
    Foreign *foreign = PyObject_New(Foreign, &ForeignType);
    if (foreign == NULL) {
        return NULL;
    }
    void *managed = PyCapsule_GetPointer(capsule, name);
    foreign->managed = NULL;
    foreign->address = (uint64_t)(uintptr_t)tensor->data + tensor->byte_offset;
    foreign->code = tensor->code;
    foreign->bits = tensor->bits;
    foreign->lanes = tensor->lanes;
    foreign->device_type = tensor->device_type;
    foreign->device_id = tensor->device_id;
    foreign->versioned = versioned;
    foreign->read_only = versioned && (((Versioned *)managed)->flags & READ_ONLY_FLAG) != 0;
    foreign->shape = to_tuple(tensor->rank, tensor->shape);
    foreign->strides = foreign->shape == NULL ? NULL : to_tuple(tensor->rank, strides);
    if (foreign->strides == NULL
        || PyCapsule_SetName(capsule, versioned ? USED_VERSIONED : USED_UNVERSIONED) != 0) {
        Py_DECREF(foreign);
        return NULL;
    }
    foreign->managed = managed; /* ours from here on, when nothing can fail any more */
    return (PyObject *)foreign;
}

/* ---- The module ---- */

static PyObject *is_capsule(PyObject *module, PyObject *object) {
    (void)module;
    return PyBool_FromLong(PyCapsule_CheckExact(object));
}

static PyObject *is_used(PyObject *module, PyObject *capsule) {
    (void)module;
    const char *name = PyCapsule_GetName(capsule);
    if (name == NULL && PyErr_Occurred()) {
        return NULL;
    }
    return PyBool_FromLong(
        name != NULL && (strcmp(name, USED_VERSIONED) == 0 || strcmp(name, USED_UNVERSIONED) == 0));
}

static PyObject *use_ring(PyObject *module, PyObject *object) {
    (void)module;
    uint64_t address;
    if (!to_address(object, &address)) {
        return NULL;
    }
    atomic_llong *words = (atomic_llong *)(uintptr_t)address;
    if (words != NULL) {
        long long capacity = atomic_load(&words[0]);
        if (capacity < 1 || (capacity & (capacity - 1)) != 0) {
            return PyErr_Format(PyExc_ValueError, "a ring of %lld entries, expected a power of two",
                                capacity);
        }
    }
    atomic_store_explicit(&ring, words, memory_order_release);
    Py_RETURN_NONE;
}

static PyObject *settle(PyObject *module, PyObject *nothing) {
    (void)module;
    (void)nothing;
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"use_ring", use_ring, METH_O,
     "Tells ends of loans to the ring at this address; 0: to nobody."},
    {"to_capsule", (PyCFunction)(void (*)(void))to_capsule, METH_FASTCALL | METH_KEYWORDS,
     "A DLPack capsule of C-contiguous memory; it holds the loan until it is dropped or its "
     "consumer lets go."},
    {"from_capsule", from_capsule, METH_O, "Consumes a DLPack capsule."},
    {"is_capsule", is_capsule, METH_O, "Whether an object is a PyCapsule."},
    {"is_used", is_used, METH_O, "Whether a DLPack capsule was consumed."},
    {"settle", settle, METH_NOARGS, "Does nothing: a capsule that is dropped ends at once here."},
    {0},
};

static PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_headrace",
    .m_doc = "The native part of headrace: see headrace._native.",
    .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC PyInit__headrace(void) {
    PyObject *created = PyModule_Create(&module);
    if (created == NULL || PyModule_AddType(created, &LoanType) < 0
        || PyModule_AddType(created, &MemoryType) < 0 || PyModule_AddType(created, &ForeignType) < 0
        || PyModule_AddIntConstant(created, "VERSION", VERSION) < 0) {
        Py_XDECREF(created);
        return NULL;
    }
    return created;
}
