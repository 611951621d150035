// FAISS and our kernels call BLAS by its own names; the library inside the wheel bears a prefix, so that it
// meets no other one in the host's process.
#define FORWARD(name)                                                                      \
  __asm__(".text\n.globl " #name "\n.hidden " #name "\n.type " #name ", @function\n" #name \
          ": jmp scipy_" #name "@PLT\n")
FORWARD(sgemm_);
FORWARD(dgemm_);
FORWARD(ssyrk_);
FORWARD(sgeqrf_);
FORWARD(sorgqr_);
FORWARD(sgesvd_);
FORWARD(dgesvd_);
FORWARD(dsyev_);
FORWARD(cblas_sgemm);
FORWARD(openblas_get_num_threads);
FORWARD(openblas_set_num_threads);
