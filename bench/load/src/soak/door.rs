//! How everybody comes in, as strangers do: the first admin by the printed link, the others by invitations, programs by tokens.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};

use serde_json::{Value, json};

use super::world::Person;
use crate::Result;
use crate::http::{Answer, Connection};

/// What passwords are made of here.
const PASSWORD: &str = "moss lantern orbit quill";

/// One step at the door.
#[derive(Debug, Default)]
struct Step<'a> {
    cookie: Option<&'a str>,
    /// A form; else JSON.
    form: Option<&'a [(&'a str, &'a str)]>,
    json: Option<Value>,
}

/// Makes the first admin.
pub(crate) async fn set_up(to: SocketAddr, link: &str) -> Result<Person> {
    let mut connection = Connection::open(to).await?;
    let form = person("owner", "Owner", link);
    let cookie = come_in(&mut connection, to, "/set-up", &as_pairs(&form)).await?;
    with_token(&mut connection, to, "owner", Ipv4Addr::LOCALHOST, cookie, "admin").await
}

/// Invites someone who then joins.
pub(crate) async fn join(to: SocketAddr, owner: &Person, number: usize) -> Result<Person> {
    let mut connection = Connection::open(to).await?;
    let invite = json!({ "role": "editor", "days": 1 });
    let step = Step { cookie: Some(&owner.cookie), json: Some(invite), ..Step::default() };
    let made = json_of(&send(&mut connection, to, "/api/v1/invitations", step).await?)?;
    let link = made["link"].as_str().ok_or("an invitation without a link")?;

    let from = Ipv4Addr::new(127, 1, u8::try_from(number / 250)?, u8::try_from(number % 250)? + 1);
    let mut connection = Connection::open_from(from, to).await?;
    let (name, shown) = (format!("member{number:03}"), format!("Member {number}"));
    let form = person(&name, &shown, link.rsplit('=').next().unwrap_or(link));
    let cookie = come_in(&mut connection, to, "/join", &as_pairs(&form)).await?;
    with_token(&mut connection, to, &name, from, cookie, "editor").await
}

fn person(name: &str, shown: &str, link: &str) -> [(&'static str, String); 6] {
    let text = str::to_owned;
    [
        ("link", text(link)),
        ("name", text(name)),
        ("display_name", text(shown)),
        ("password", text(PASSWORD)),
        ("password_again", text(PASSWORD)),
        ("next", text("/")),
    ]
}

fn as_pairs<'a>(form: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    form.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// Sends a form of the door, and gives the cookie that it is answered with.
async fn come_in(connection: &mut Connection, to: SocketAddr, path: &str, form: &[(&str, &str)]) -> Result<String> {
    let answer = send(connection, to, path, Step { form: Some(form), ..Step::default() }).await?;
    let cookie = connection.header("set-cookie");
    match (answer.status, cookie) {
        (303, Some(cookie)) => Ok(cookie.split(';').next().unwrap_or_default().to_owned()),
        (status, _) => Err(format!("{path} was answered {status}: {}", super::line::excerpt(&answer.body)).into()),
    }
}

/// Makes a token, as is done on the page of one's account.
async fn with_token(
    connection: &mut Connection,
    to: SocketAddr,
    name: &str,
    from: Ipv4Addr,
    cookie: String,
    role: &str,
) -> Result<Person> {
    let token = json!({ "name": "soak", "days": 2, "scope": { "role": role } });
    let step = Step { cookie: Some(&cookie), json: Some(token), ..Step::default() };
    let made = json_of(&send(connection, to, "/api/v1/account/tokens", step).await?)?;
    let token = made["secret"].as_str().ok_or("a token without a secret")?.to_owned();
    Ok(Person { name: name.to_owned(), from, cookie, token })
}

async fn send(connection: &mut Connection, to: SocketAddr, path: &str, step: Step<'_>) -> Result<Answer> {
    let (kind, body) = match (step.form, step.json) {
        (Some(form), _) => ("application/x-www-form-urlencoded", encoded(form)),
        (None, json) => ("application/json", json.unwrap_or_default().to_string()),
    };
    let mut request = format!("POST {path} HTTP/1.1\r\nHost: {to}\r\nOrigin: http://{to}\r\n");
    if let Some(cookie) = step.cookie {
        let _ = write!(request, "Cookie: {cookie}\r\n");
    }
    let _ = write!(request, "Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    connection.ask(request.as_bytes()).await
}

fn json_of(answer: &Answer) -> Result<Value> {
    if !(200..300).contains(&answer.status) {
        return Err(format!("{}: {}", answer.status, super::line::excerpt(&answer.body)).into());
    }
    Ok(serde_json::from_slice(&answer.body)?)
}

/// A form as browsers write it.
fn encoded(form: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in form {
        let _ = write!(text, "{}{name}=", if text.is_empty() { "" } else { "&" });
        for byte in value.bytes() {
            let _ = match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => write!(text, "{}", char::from(byte)),
                b' ' => write!(text, "+"),
                other => write!(text, "%{other:02X}"),
            };
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn forms_are_written_as_browsers_do() {
        assert_eq!(super::encoded(&[("next", "/"), ("name", "a b_c")]), "next=%2F&name=a+b_c");
    }
}
