//! What is in a project's repository: files, commits, contents.

use ::projects::Projects;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use domain::{Slug, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::super::answer::OrNotFound;
use super::super::extract::{Named, Query, Seen, Within};
use super::TAG;
use crate::error::Result;

/// A file of a project.
#[derive(Serialize, ToSchema)]
pub(super) struct File {
    /// From the project's top folder, with slashes.
    path: String,
    /// In bytes.
    size: u64,
}

/// The files of a project.
#[derive(Serialize, ToSchema)]
pub(super) struct FileList {
    /// By path.
    items: Vec<File>,
    /// Whether there are more than are listed.
    truncated: bool,
}

/// A commit of a project.
#[derive(Serialize, ToSchema)]
pub(super) struct CommitEntry {
    /// Its full id.
    id: String,
    /// The author's name.
    author: String,
    /// When it was written.
    at: Timestamp,
    /// The first line of its message.
    subject: String,
}

/// The commits of a project.
#[derive(Serialize, ToSchema)]
pub(super) struct CommitList {
    /// Newest first.
    items: Vec<CommitEntry>,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// How many, 1 to 200; 50 unless told otherwise.
    limit: Option<i64>,
}

/// List the files of a project at its newest commit.
#[utoipa::path(get, path = "/api/v1/projects/{name}/files", tag = TAG,
    params(("name" = Slug, Path, description = "The project's short name")),
    responses((status = 200, description = "Its files", body = FileList)))]
pub(super) async fn list_files(
    State(projects): State<Projects>,
    Seen(view): Seen,
    Named(name): Named<Slug>,
) -> Result<Json<FileList>> {
    view.project(&name).await?.or_not_found("project")?;
    let files = projects.files(&name).await?;
    let items = files.entries.into_iter().map(|file| File { path: file.path, size: file.size }).collect();
    Ok(Json(FileList { items, truncated: files.truncated }))
}

/// Read a file of a project at its newest commit.
///
/// Whatever it holds, it is handed over as text or bytes, never as a page.
#[utoipa::path(get, path = "/api/v1/projects/{name}/files/{*path}", tag = TAG,
    params(
        ("name" = Slug, Path, description = "The project's short name"),
        ("path" = String, Path, description = "The file's path, with slashes"),
    ),
    responses((status = 200, description = "Its contents", content((String = "text/plain"), (Vec<u8> = "application/octet-stream")))))]
pub(super) async fn get_file(
    State(projects): State<Projects>,
    Seen(view): Seen,
    Within(name, path): Within<Slug>,
) -> Result<Response> {
    view.project(&name).await?.or_not_found("project")?;
    let bytes = projects.read(&name, &path).await?.or_not_found("file")?;
    let text = std::str::from_utf8(&bytes).is_ok_and(|text| !text.contains('\0'));
    let kind = if text { "text/plain; charset=utf-8" } else { "application/octet-stream" };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'")),
    ];
    Ok((headers, bytes).into_response())
}

/// List the commits of a project, newest first.
#[utoipa::path(get, path = "/api/v1/projects/{name}/commits", tag = TAG,
    params(("name" = Slug, Path, description = "The project's short name"), Wanted),
    responses((status = 200, description = "Its commits", body = CommitList)))]
pub(super) async fn list_commits(
    State(projects): State<Projects>,
    Seen(view): Seen,
    Named(name): Named<Slug>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<CommitList>> {
    let limit = domain::page::check_limit(wanted.limit)?;
    view.project(&name).await?.or_not_found("project")?;
    let commits = projects.commits(&name, usize::try_from(limit).unwrap_or(0)).await?;
    let items = commits.into_iter().map(|commit| CommitEntry {
        id: commit.id,
        author: commit.author,
        at: commit.at.into(),
        subject: commit.subject,
    });
    Ok(Json(CommitList { items: items.collect() }))
}
