//! Builds the layer against the header of the SQLite that the program has inside.

fn main() {
    let mut build = cc::Build::new();
    // Nothing calls the layer: it puts itself in place when the program starts, so the linker must keep it.
    build.file("src/vfs.c").warnings(true).warnings_into_errors(true).link_lib_modifier("+whole-archive");
    if let Some(folder) = std::env::var_os("DEP_SQLITE3_INCLUDE") {
        build.include(folder);
    }
    build.compile("faulty_disk_objects");
    println!("cargo::rerun-if-changed=src/vfs.c");
}
