//! Images made by a real engine.

use tokio::time::timeout;

use crate::Fault;
use crate::rooms::docker::testing::{PATIENCE, SHELL, ask, busybox, busybox_program, engine, order, shown, skipped};
use crate::rooms::docker::{DockerRoom, Engine, From, Images};
use crate::rooms::{Image, Room as _};

/// Takes an image away again.
async fn forget(engine: &Engine, name: &str) {
    engine.docker.remove_image(name, None::<bollard::query_parameters::RemoveImageOptions>, None).await.unwrap();
}

#[tokio::test]
async fn the_image_of_helpers_makes_itself_of_nothing_but_our_program() {
    let Some(engine) = engine().await else { return };
    let Some(program) = busybox_program() else { return };
    let images = Images::new("tatwats-test-helper", program);
    let name = images.name(Image::Helper);
    let room = DockerRoom::new(engine, images, &shown()).unwrap();
    assert!(!room.images().has(room.engine(), Image::Helper).await.unwrap());
    let mut order = order();
    order.image = Image::Helper;
    let opened = room.open(&order).await.unwrap();
    // This stand-in goes by the name it is called by, which it does not know.
    let over = timeout(PATIENCE, opened.hold.over()).await.unwrap();
    drop(opened.output);
    assert!(!over.memory);
    opened.hold.end().await.unwrap();
    let made = room.engine().docker.inspect_image(&name).await.unwrap();
    assert_eq!(made.config.unwrap().labels.unwrap()["tatwats.image"], "helper");
    assert_eq!(made.root_fs.unwrap().layers.unwrap().len(), 1);
    forget(room.engine(), &name).await;
}

#[tokio::test]
async fn an_image_from_a_base_has_its_files_and_none_of_its_ways() {
    let Some(engine) = engine().await else { return };
    let folder = tempfile::tempdir().unwrap();
    let Some(archive) = busybox(folder.path()) else { return };
    let base = Images::new("tatwats-test-base", SHELL);
    base.build(&engine, Image::Node, &From::Archive(archive), drop).await.unwrap();
    let images = Images::new("tatwats-test-based", SHELL);
    let mut steps = Vec::new();
    let from = From::Base(base.name(Image::Node));
    let made = images.build(&engine, Image::Python, &from, |progress| steps.push(progress)).await.unwrap();
    assert!(made.bytes > 500_000 && made.id.starts_with("sha256:"), "{made:?}");
    assert_eq!(steps.iter().map(|progress| (progress.step, progress.total)).min(), Some((2, 2)));
    assert!(steps.last().unwrap().bytes.unwrap().0 > 500_000, "{steps:?}");

    let room = DockerRoom::new(engine, images, &shown()).unwrap();
    let mut order = order();
    order.image = Image::Python;
    let mut opened = room.open(&order).await.unwrap();
    assert_eq!(ask(&mut opened, "stat -c %a /bin/busybox; id -un").await, "755\nguest\n");
    opened.hold.end().await.unwrap();
    for name in [made.name, base.name(Image::Node)] {
        forget(room.engine(), &name).await;
    }
}

#[tokio::test]
async fn what_cannot_be_made_is_refused_with_the_way_out() {
    let Some(engine) = engine().await else { return };
    let images = Images::new("tatwats-test-none", SHELL);
    let refused = async |image, from| match images.build(&engine, image, &from, drop).await {
        Err(Fault::Refused(why)) => why,
        other => panic!("{other:?}"),
    };
    assert!(refused(Image::Node, From::Scratch).await.contains("name a base"));
    assert!(refused(Image::Helper, From::Debian).await.contains("no packages"));
    let unreachable = From::Base("registry.invalid/node:22".into());
    assert!(refused(Image::Node, unreachable).await.contains("--from-debian"));
    let missing = From::Archive("/nowhere.tar".into());
    assert!(matches!(images.build(&engine, Image::Node, &missing, drop).await, Err(Fault::Infrastructure { .. })));
    assert!(!images.has(&engine, Image::Node).await.unwrap());
}

#[tokio::test]
async fn python_comes_from_debians_packages_without_a_registry() {
    let Some(engine) = engine().await else { return };
    if !std::path::Path::new("/usr/bin/apt-get").exists() {
        return skipped("apt-get");
    }
    let images = Images::new("tatwats-test-debian", &b"#!/bin/sh\nexec sh\n"[..]);
    let mut steps = Vec::new();
    let made = images.build(&engine, Image::Python, &From::Debian, |progress| steps.push(progress)).await.unwrap();
    assert!(steps.iter().any(|progress| progress.step == 1 && progress.bytes.is_some_and(|(done, _)| done > 0)));
    let room = DockerRoom::new(engine, images, &shown()).unwrap();
    let mut order = order();
    order.image = Image::Python;
    let mut opened = room.open(&order).await.unwrap();
    let said = ask(
        &mut opened,
        "python3 -c 'import ssl; print(len(ssl.create_default_context().get_ca_certs()) > 50)'; git --version; \
         python3 -m venv --without-pip /work/venv && /work/venv/bin/python -c 'print(6*7)'; which awk; ls -d /bin; id -un",
    )
    .await;
    opened.hold.end().await.unwrap();
    forget(room.engine(), &made.name).await;
    assert!(said.starts_with("True\ngit version ") && said.ends_with("\n42\n/usr/bin/awk\n/bin\nguest\n"), "{said}");
}
