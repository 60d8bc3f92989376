//! The portal is carried in the binary: built pages that changed make this crate again.

fn main() {
    println!("cargo::rerun-if-changed=../../portal/dist");
}
