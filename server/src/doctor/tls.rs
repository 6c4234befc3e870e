//! Whether others can listen in: the certificate, or what stands in for it.

use domain::Timestamp;

use super::{Occasion, Report};
use crate::config::{Config, Tls};
use crate::serve::tls::{Pair, anyone_reads_key};

const CHECK: &str = "tls";
/// So long before its end a certificate should have been renewed: fourteen days.
const SOON: i64 = 14 * 24 * 3_600;

pub(super) fn check(config: &Config, now: Timestamp, occasion: Occasion, report: &mut Report) {
    match &config.tls {
        Some(tls) => certificate(config, tls, now, occasion, report),
        None => without(config, report),
    }
}

fn without(config: &Config, report: &mut Report) {
    let (listen, public) = (config.server.listen, config.public());
    let behind_proxy = public.is_https() && !config.server.trusted_proxies.is_empty();
    if !listen.ip().is_loopback() && !behind_proxy {
        report.warning(
            CHECK,
            format!(
                "{listen} can be reached from other machines without TLS: passwords and all else can be read on the way"
            ),
            "Set tls.certificate and tls.key,\nor put a proxy with TLS before it: TATWATS_LISTEN=127.0.0.1:3000 \
             TATWATS_PUBLIC_URL=https://workshop.example TATWATS_TRUSTED_PROXIES=127.0.0.1",
        );
    } else if config.server.public_url.is_some() && !public.is_https() {
        let fix = format!("Have the proxy speak TLS, and set TATWATS_PUBLIC_URL=https://{}", public.host());
        report.warning(CHECK, format!("people reach the workshop at {public}, without TLS"), fix);
    } else if public.is_https() {
        report.ok(CHECK, format!("spoken by the proxy before it, at {public}"));
    } else {
        report.ok(CHECK, "not needed: only this machine can reach it");
    }
}

fn certificate(config: &Config, tls: &Tls, now: Timestamp, occasion: Occasion, report: &mut Report) {
    let file = tls.certificate.display();
    let pair = match Pair::read(tls) {
        Ok(pair) => pair,
        Err(why) => {
            let fix = "Give the certificate (with its chain) and its key, both in PEM, in tls.certificate and tls.key.";
            return report.failed(CHECK, why, fix);
        }
    };
    let (from, until) = (pair.validity.from, pair.validity.until);
    let renew = format!("Renew it and put it at {file}; a running server takes it up by itself.");
    if until <= now {
        let why = format!("the certificate in {file} holds no longer: it ended on {until}");
        // A server that runs can take up the new one.
        match occasion {
            Occasion::Asked => report.failed(CHECK, why, renew),
            Occasion::Start => report.warning(CHECK, why, renew),
        }
    } else if now < from {
        let fix = "Look at this machine's clock, or wait.";
        report.warning(CHECK, format!("the certificate in {file} does not hold yet: it begins on {from}"), fix);
    } else if until <= now.plus_seconds(SOON) {
        report.warning(CHECK, format!("the certificate in {file} ends soon, on {until}"), renew);
    } else {
        report.ok(CHECK, format!("the certificate holds until {until}, and the key fits"));
    }
    if let Some(public) = config.server.public_url.as_ref().filter(|public| !pair.names(public.host())) {
        let why = format!("the certificate in {file} is not for {}, so browsers will refuse it", public.host());
        report.warning(CHECK, why, "Get one that names it, and *. before it for the apps' own names.");
    }
    if anyone_reads_key(tls) {
        let key = tls.key.display();
        report.warning(CHECK, format!("everyone on this machine can read {key}"), format!("chmod o-r {key}"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::*;
    use crate::config::Inputs;

    struct Desk {
        folder: tempfile::TempDir,
        inputs: Inputs,
    }

    impl Desk {
        fn new(settings: &[(&str, &str)]) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let env = settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let inputs = Inputs { folder: folder.path().to_owned(), env, ..Inputs::default() };
            Self { folder, inputs }
        }

        /// With a certificate that holds in these years.
        fn with_certificate(settings: &[(&str, &str)], from: i32, until: i32) -> Self {
            let mut desk = Self::new(settings);
            let mut params = rcgen::CertificateParams::new(vec!["workshop.example".into()]).unwrap();
            params.not_before = rcgen::date_time_ymd(from, 1, 1);
            params.not_after = rcgen::date_time_ymd(until, 1, 1);
            let key = rcgen::KeyPair::generate().unwrap();
            desk.put("c.pem", &params.self_signed(&key).unwrap().pem());
            desk.put("k.pem", &key.serialize_pem());
            desk.inputs.env.insert("TATWATS_TLS_CERTIFICATE".into(), "c.pem".into());
            desk.inputs.env.insert("TATWATS_TLS_KEY".into(), "k.pem".into());
            desk
        }

        fn put(&self, name: &str, text: &str) {
            use std::os::unix::fs::PermissionsExt;
            let path = self.folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        }

        fn says(&self, occasion: Occasion) -> Vec<(Outcome, String)> {
            let config = Config::load(&self.inputs).unwrap();
            let mut report = Report::default();
            check(&config, "2026-11-21T12:00:00Z".parse().unwrap(), occasion, &mut report);
            report.findings.into_iter().map(|finding| (finding.outcome, finding.why)).collect()
        }

        fn is(&self, occasion: Occasion, outcome: Outcome, words: &str) {
            let said = self.says(occasion);
            assert!(said.iter().any(|(o, why)| *o == outcome && why.contains(words)), "{words}: {said:?}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_or_behind_a_proxy() {
        let asked = Occasion::Asked;
        Desk::new(&[]).is(asked, Outcome::Ok, "only this machine");
        let open = ("TATWATS_LISTEN", "0.0.0.0:3000");
        let public = ("TATWATS_PUBLIC_URL", "https://workshop.example");
        Desk::new(&[open]).is(asked, Outcome::Warning, "without TLS");
        Desk::new(&[open, public]).is(asked, Outcome::Warning, "without TLS");
        Desk::new(&[open, public, ("TATWATS_TRUSTED_PROXIES", "10.0.0.0/8")]).is(asked, Outcome::Ok, "by the proxy");
        Desk::new(&[("TATWATS_PUBLIC_URL", "http://workshop.example")]).is(asked, Outcome::Warning, "without TLS");
    }

    #[test]
    fn a_certificate_is_looked_at_before_browsers_do() {
        let (asked, start) = (Occasion::Asked, Occasion::Start);
        Desk::with_certificate(&[], 2020, 2060).is(asked, Outcome::Ok, "the key fits");
        let expired = Desk::with_certificate(&[], 2020, 2026);
        expired.is(asked, Outcome::Failed, "holds no longer");
        expired.is(start, Outcome::Warning, "holds no longer");
        Desk::with_certificate(&[], 2040, 2060).is(asked, Outcome::Warning, "does not hold yet");
        let other = [("TATWATS_PUBLIC_URL", "https://other.example")];
        Desk::with_certificate(&other, 2020, 2060).is(asked, Outcome::Warning, "is not for other.example");
        let broken = Desk::with_certificate(&[], 2020, 2060);
        broken.put("k.pem", &rcgen::KeyPair::generate().unwrap().serialize_pem());
        broken.is(start, Outcome::Failed, "does not belong to");
    }
}
