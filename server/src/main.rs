//! The binary `tatwats`: hands over to the library, so that tests can start the same server in-process.

#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    server::cli::main()
}
