//! What a token says.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What to say in a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Who it speaks for: the user's name.
    pub subject: String,
    /// The service that is to accept it.
    pub audience: String,
    /// Who asked for it: the id of the API token or client.
    pub client: String,
    /// What it is good for. No word may hold a space.
    pub scope: Vec<String>,
    /// The roles of the subject.
    pub roles: Vec<String>,
}

/// What a token says, in the names of RFC 9068. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The workshop that issued it.
    #[serde(rename = "iss")]
    pub issuer: String,
    /// Who it speaks for.
    #[serde(rename = "sub")]
    pub subject: String,
    /// The services that are to accept it; never none.
    #[serde(rename = "aud", serialize_with = "one_or_many", deserialize_with = "one_or_many_read")]
    pub audience: Vec<String>,
    /// From when on it is good no more.
    #[serde(rename = "exp")]
    pub expires: i64,
    /// When it was issued.
    #[serde(rename = "iat")]
    pub issued: i64,
    /// Its own name.
    #[serde(rename = "jti")]
    pub id: String,
    /// Who asked for it.
    #[serde(rename = "client_id")]
    pub client: String,
    /// What it is good for.
    #[serde(default, skip_serializing_if = "Vec::is_empty", serialize_with = "words", deserialize_with = "words_read")]
    pub scope: Vec<String>,
    /// The roles of the subject.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
}

fn one_or_many<S: Serializer>(all: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    if let [one] = all { serializer.serialize_str(one) } else { all.serialize(serializer) }
}

fn one_or_many_read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    Ok(match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(one) => vec![one],
        OneOrMany::Many(all) => all,
    })
}

#[allow(clippy::ptr_arg, reason = "serde asks with the field's own type")]
fn words<S: Serializer>(all: &Vec<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&all.join(" "))
}

fn words_read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims() -> Claims {
        Claims {
            issuer: "https://workshop.example".into(),
            subject: "anna".into(),
            audience: vec!["https://review.example".into()],
            expires: 1_600,
            issued: 1_000,
            id: "x".into(),
            client: "ci".into(),
            scope: vec!["read".into(), "talk".into()],
            roles: vec!["editor".into()],
        }
    }

    #[test]
    fn they_are_written_as_the_standard_names_them() {
        let written = serde_json::to_value(claims()).unwrap();
        let expected = json!({
            "iss": "https://workshop.example", "sub": "anna", "aud": "https://review.example", "exp": 1600, "iat": 1000,
            "jti": "x", "client_id": "ci", "scope": "read talk", "roles": ["editor"],
        });
        assert_eq!(written, expected);
        assert_eq!(serde_json::from_value::<Claims>(written).unwrap(), claims());
    }

    #[test]
    fn several_audiences_and_no_scope_are_read_too() {
        let mut several = claims();
        several.audience.push("https://other.example".into());
        several.scope.clear();
        several.roles.clear();
        let written = serde_json::to_value(&several).unwrap();
        assert!(written.get("scope").is_none() && written.get("roles").is_none());
        assert_eq!(serde_json::from_value::<Claims>(written).unwrap(), several);
    }
}
