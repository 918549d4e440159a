//! Builds the layer against the header of the SQLite that the program contains.

fn main() {
    let mut build = cc::Build::new();
    // Nothing calls the layer; a constructor installs it at program start. Without this the linker
    // would drop it.
    build.file("src/vfs.c").warnings(true).warnings_into_errors(true).link_lib_modifier("+whole-archive");
    if let Some(folder) = std::env::var_os("DEP_SQLITE3_INCLUDE") {
        build.include(folder);
    }
    build.compile("faulty_disk_objects");
    println!("cargo::rerun-if-changed=src/vfs.c");
}
