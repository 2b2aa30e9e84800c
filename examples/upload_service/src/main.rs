//! Starts the upload service, and stops it at SIGTERM or SIGINT.

#![forbid(unsafe_code)]
#![allow(
    clippy::std_instead_of_core,
    reason = "a program for an operating system needs no distinction that serves no_std"
)]

use std::process::ExitCode;

use clap::Parser as _;
use tokio::signal::unix::{SignalKind, signal};
use upload_service::{Args, Failure, Server, Service};

fn main() -> ExitCode {
    // The service starts itself to decode uploads.
    if let Some(code) = upload_service::run_worker_if_asked() {
        return code;
    }
    let args = Args::parse();
    tracing_subscriber::fmt().json().flatten_event(true).with_target(false).with_writer(std::io::stderr).init();
    std::panic::set_hook(Box::new(|info| {
        // A decoder's panic is contained and becomes the file's outcome; any other is a defect of ours. Its message may hold anything.
        if !lookalike::decode::is_contained() {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, "internal error; please report it");
        }
    }));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(run(args));
            // A check that goes on after the grace is not waited for.
            runtime.shutdown_background();
            ended
        }
        Err(error) => {
            eprintln!("upload-service: cannot start threads: {error}");
            return ExitCode::from(2);
        }
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("upload-service: {failure}");
            ExitCode::from(2)
        }
    }
}

async fn run(args: Args) -> Result<(), Failure> {
    upload_service::raise_file_limit();
    let server = Server::bind(Service::open(args)?).await?;
    let address = server.address().map(|address| address.to_string()).unwrap_or_default();
    let metrics = server.metrics_address().map(|address| address.to_string());
    tracing::info!(address, metrics, "listening");
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate()).ok(), signal(SignalKind::interrupt()).ok());
    let stop = async move {
        let terminated = async {
            match &mut terminate {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        let interrupted = async {
            match &mut interrupt {
                Some(signal) => signal.recv().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! { _ = terminated => {}, _ = interrupted => {} }
    };
    server.run(stop).await;
    Ok(())
}
