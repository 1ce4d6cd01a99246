#!/bin/sh
# rustdoc, for its JSON, which is not stable. Cargo gets a stable toolchain all the same:
# its build scripts would see the variable, and everything would be built again.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
