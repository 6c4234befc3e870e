//! What a helper's sandbox may have: what helpers have, what its policy makes of that, and what its manifest wants less.

use std::collections::BTreeMap;

use domain::policy::{self, PolicySubject};
use domain::sandbox::{Limits, Preset, Profile};
use domain::{Error, ErrorCode, HelperName, Result};

use super::shared::Shared;
use crate::manifest::Manifest;

/// The profile of a helper's sandbox.
///
/// # Errors
/// `Forbidden` when its manifest wants more than it may have, with how that can be allowed; `Invalid` when no sandbox can
/// be made like that; what the store says.
pub(super) async fn profile(shared: &Shared, manifest: &Manifest) -> Result<Profile> {
    let settings = shared.sandboxes.limits(Preset::Helper);
    let workshop = shared.store.policy(&PolicySubject::Workshop).await?;
    let own = shared.store.policy(&PolicySubject::Helper(manifest.name.clone())).await?;
    let allowed = policy::effective(Preset::Helper, &settings, &[&workshop, &own]);
    let wanted = tightened(&allowed, &manifest.name, &manifest.limits)?;
    wanted.check(Preset::Helper)?;
    Ok(wanted)
}

/// `allowed` with these limits in place of its own, none of which may be looser.
fn tightened(allowed: &Profile, helper: &HelperName, limits: &Limits) -> Result<Profile> {
    let looser: Vec<String> = each(limits)?
        .into_iter()
        .filter(|(_, limit)| allowed.with(limit).is_looser_than(allowed))
        .map(|(key, _)| key)
        .collect();
    if looser.is_empty() {
        return Ok(allowed.with(limits));
    }
    let (wanted, has) = (values(&allowed.with(limits))?, values(allowed)?);
    let asked: Vec<String> =
        looser.iter().map(|key| format!("{key} = {}, and may have {}", wanted[key], has[key])).collect();
    let what: Vec<String> = looser.iter().map(|key| option(key, &wanted[key])).collect();
    Err(Error::new(
        ErrorCode::Forbidden,
        format!("{helper} wants {} (in its helper.toml). {}", asked.join("; "), how_to_allow(helper, &what.join(" "))),
    ))
}

/// How an admin lets a helper have more: the one place that names the command for it.
fn how_to_allow(helper: &HelperName, what: &str) -> String {
    format!(
        "An admin can allow it on its page, or with: tatwats sandbox policy set helper:{helper} --preset helper {what}"
    )
}

/// Each limit by itself, by its name.
fn each(limits: &Limits) -> Result<Vec<(String, Limits)>> {
    let one = |(key, value)| {
        let limit =
            serde_json::from_value(serde_json::Value::Object([(String::clone(&key), value)].into_iter().collect()));
        limit.map(|limit| (key, limit)).map_err(Error::internal)
    };
    values(limits)?.into_iter().map(one).collect()
}

fn values(of: &impl serde::Serialize) -> Result<BTreeMap<String, serde_json::Value>> {
    serde_json::to_value(of).and_then(serde_json::from_value).map_err(Error::internal)
}

/// A limit as it is written on the command line.
fn option(key: &str, value: &serde_json::Value) -> String {
    let written = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match key {
        "cpu_millis" => format!("--cpu {}", value.as_f64().unwrap_or_default() / 1000.0),
        "file_bytes" => format!("--file-size {written}"),
        _ => format!("--{} {written}", key.trim_end_matches("_bytes").replace('_', "-")),
    }
}

#[cfg(test)]
mod tests {
    use domain::sandbox::Network;

    use super::*;

    #[test]
    fn a_manifest_may_tighten_and_is_told_how_it_may_loosen() {
        let helper = "echo".parse().unwrap();
        let allowed = Preset::Helper.profile();
        let less = Limits { pids: Some(8), ..Limits::default() };
        assert_eq!(tightened(&allowed, &helper, &less).unwrap(), allowed.with(&less));
        let more = Limits { pids: Some(512), network: Some(Network::Full), memory_bytes: Some(1 << 20), ..less };
        let error = tightened(&allowed, &helper, &more).unwrap_err();
        assert_eq!(error.code, ErrorCode::Forbidden);
        assert_eq!(
            error.message,
            "echo wants network = \"full\", and may have \"none\"; pids = 512, and may have 256 (in its helper.toml). \
             An admin can allow it on its page, or with: tatwats sandbox policy set helper:echo --preset helper --network full \
             --pids 512"
        );
        for (key, value, option) in [
            ("memory_bytes", 1 << 30, "--memory 1073741824"),
            ("cpu_millis", 1500, "--cpu 1.5"),
            ("file_bytes", 5, "--file-size 5"),
            ("open_files", 9, "--open-files 9"),
        ] {
            assert_eq!(super::option(key, &value.into()), option);
        }
        // Once that is allowed, it is what the helper has anyway.
        let policy = allowed.with(&Limits { pids: Some(512), network: Some(Network::Full), ..Limits::default() });
        assert_eq!(tightened(&policy, &helper, &more).unwrap().pids, 512);
    }
}
