//! `projects`.

use domain::access::Sight;
use domain::projection::ProjectEntry;
use domain::{Actor, Error, Project, ProjectId, ProjectStatus, Result, Slug};
use sqlx::types::Json;
use uuid::Uuid;

use super::{moment, parsed, seen, seen_by, word};
use crate::db::{Tx, execute, fetch_all, fetch_optional};

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    slug: String,
    title: String,
    brief: String,
    template: String,
    template_version: String,
    status: String,
    head: Option<String>,
    files: i64,
    created_by: Json<Actor>,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<Row> for Project {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            slug: parsed("projects", "slug", &row.slug)?,
            title: row.title,
            brief: row.brief,
            template: row.template,
            template_version: row.template_version,
            status: word("projects", "status", &row.status, ProjectStatus::from_name)?,
            commit: row.head,
            files: row.files,
            created_by: row.created_by.0,
            created_at: moment(row.created_at),
            updated_at: moment(row.updated_at),
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, slug, title, brief, template, template_version, status, head, files, created_by, created_at, \
             updated_at FROM projects ",
            $rest
        )
    };
}

#[derive(sqlx::FromRow)]
struct EntryRow {
    id: Uuid,
    slug: String,
    title: String,
    template: String,
    status: String,
    head: Option<String>,
    files: i64,
    updated_at: i64,
}

impl TryFrom<EntryRow> for ProjectEntry {
    type Error = Error;

    fn try_from(row: EntryRow) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            slug: parsed("projects", "slug", &row.slug)?,
            title: row.title,
            template: row.template,
            status: word("projects", "status", &row.status, ProjectStatus::from_name)?,
            commit: row.head,
            files: row.files,
            updated_at: moment(row.updated_at),
        })
    }
}

/// What lists have of the projects that lie in `sight`, newest first.
pub(crate) async fn entries(tx: &mut Tx, sight: &Sight) -> Result<Vec<ProjectEntry>> {
    macro_rules! seen_ones {
        ($engine:ident) => {
            concat!(
                "SELECT id, slug, title, template, status, head, files, updated_at FROM projects WHERE ",
                seen!($engine, "id", "1"),
                " ORDER BY id DESC"
            )
        };
    }
    let sql = tx.dialect(seen_ones!(sqlite), seen_ones!(postgres));
    super::all(fetch_all!(tx, EntryRow, sql, seen_by(sight))?)
}

/// The projects that lie in `sight`, newest first.
pub(crate) async fn all(tx: &mut Tx, sight: &Sight) -> Result<Vec<Project>> {
    macro_rules! seen_ones {
        ($engine:ident) => {
            concat!(select!("WHERE "), seen!($engine, "id", "1"), " ORDER BY id DESC")
        };
    }
    let sql = tx.dialect(seen_ones!(sqlite), seen_ones!(postgres));
    super::all(fetch_all!(tx, Row, sql, seen_by(sight))?)
}

pub(crate) async fn get(tx: &mut Tx, id: ProjectId) -> Result<Option<Project>> {
    fetch_optional!(tx, Row, select!("WHERE id = $1"), id.0)?.map(TryInto::try_into).transpose()
}

pub(crate) async fn by_slug(tx: &mut Tx, slug: &Slug) -> Result<Option<Project>> {
    fetch_optional!(tx, Row, select!("WHERE slug = $1"), slug.as_str())?.map(TryInto::try_into).transpose()
}

pub(crate) async fn insert(tx: &mut Tx, project: &Project) -> Result<()> {
    execute!(
        tx,
        "INSERT INTO projects (id, slug, title, brief, template, template_version, status, head, files, created_by, \
         created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        project.id.0,
        project.slug.as_str(),
        &project.title,
        &project.brief,
        &project.template,
        &project.template_version,
        project.status.name(),
        project.commit.as_deref(),
        project.files,
        Json(&project.created_by),
        project.created_at.micros(),
        project.updated_at.micros(),
    )?;
    Ok(())
}

pub(crate) async fn update(tx: &mut Tx, project: &Project) -> Result<()> {
    execute!(
        tx,
        "UPDATE projects SET title = $2, brief = $3, status = $4, head = $5, files = $6, updated_at = $7 WHERE id = $1",
        project.id.0,
        &project.title,
        &project.brief,
        project.status.name(),
        project.commit.as_deref(),
        project.files,
        project.updated_at.micros(),
    )?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: ProjectId) -> Result<()> {
    execute!(tx, "DELETE FROM projects WHERE id = $1", id.0)?;
    Ok(())
}
