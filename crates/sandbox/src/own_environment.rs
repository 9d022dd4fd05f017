//! The environment of this process as others see it: `/proc/<pid>/environ` shows the block that the kernel made at the
//! start, to every program of the same user. It is emptied; this process goes on with a copy of its own.
//!
//! What this does not do: a program of the same user that may trace us (where the system allows that at all) reads our
//! memory, copy and all. Making this process untraceable (`PR_SET_DUMPABLE`) would hide it, but then an ordinary user
//! could make no namespaces for commands any more: the kernel gives the files of such a process to root.

/// Empties the block that others see. To be called first of all, while this process has a single thread.
#[cfg(target_os = "linux")]
pub fn hide_own_environment() {
    let old = entries();
    for (name, value) in std::env::vars_os() {
        #[expect(unsafe_code, reason = "no other thread may read the environment meanwhile")]
        // SAFETY: this is called before any thread was started, so nobody else reads or writes the environment.
        unsafe {
            std::env::set_var(name, value);
        }
    }
    let kept = entries();
    for (address, length) in old {
        // What could not be copied (a name twice, an entry without a name) is still in use.
        if kept.iter().any(|(used, _)| *used == address) {
            continue;
        }
        #[expect(unsafe_code, reason = "the block has no owner in Rust")]
        // SAFETY: `address` is the start of a string of `length` bytes in the block that the kernel laid on the stack of
        // the first thread; it is writable, lives as long as the process, and `environ` no longer points to it.
        unsafe {
            std::ptr::write_bytes(address, 0, length);
        }
    }
}

/// Elsewhere no file shows it.
#[cfg(not(target_os = "linux"))]
pub fn hide_own_environment() {}

/// Address and length of each entry in use.
#[cfg(target_os = "linux")]
fn entries() -> Vec<(*mut u8, usize)> {
    #[expect(unsafe_code, reason = "the list of the C library is the only way to where the entries lie")]
    unsafe extern "C" {
        static environ: *const *const libc::c_char;
    }
    let mut found = Vec::new();
    #[expect(unsafe_code, reason = "the list of the C library has no owner in Rust")]
    // SAFETY: `environ` is null or a list of C strings that ends with null, and no other thread changes it now.
    unsafe {
        let mut next = environ;
        while !next.is_null() && !(*next).is_null() {
            found.push(((*next).cast_mut().cast(), libc::strlen(*next)));
            next = next.add(1);
        }
    }
    found
}
