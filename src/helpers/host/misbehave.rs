//! Helpers that misbehave, each in one way, speaking the protocol by hand.

use std::io::{BufRead as _, Write as _};
use std::process::ExitCode;

use serde_json::{Value, json};

fn main() -> ExitCode {
    let how = std::env::args().nth(1).unwrap_or_default();
    let helper = Helper { how: how.clone() };
    if how == "exits-at-once" {
        let _ = writeln!(std::io::stderr(), "I have no configuration");
        return ExitCode::from(3);
    }
    if how == "leaves-children" {
        // One that ignores SIGTERM in a session of its own, orphaned at once.
        let spawned = std::process::Command::new("sh")
            .args(["-c", "(setsid sh -c 'trap \"\" TERM; while :; do sleep 600; done' >/dev/null 2>&1 &)"])
            .status();
        if spawned.is_err() {
            return ExitCode::FAILURE;
        }
    }
    let mut lines = std::io::stdin().lock().lines().map_while(Result::ok);
    while let Some(line) = lines.next() {
        let Ok(message) = serde_json::from_str::<Value>(&line) else { continue };
        if let Some(code) = helper.hear(&message, &mut lines) {
            return code;
        }
    }
    if how == "never-leaves" {
        loop {
            std::thread::sleep(std::time::Duration::from_secs(600));
        }
    }
    ExitCode::SUCCESS
}

struct Helper {
    how: String,
}

impl Helper {
    fn hear(&self, message: &Value, lines: &mut dyn Iterator<Item = String>) -> Option<ExitCode> {
        let (method, id) = (message["method"].as_str()?, &message["id"]);
        let how = self.how.as_str();
        if how == "never-answers" {
            return None;
        }
        match method {
            "initialize" => {
                let version = if how == "speaks-another-version" { 7 } else { 1 };
                answer(id, &json!({ "protocolVersion": version, "agentCapabilities": {} }));
            }
            "session/new" if how == "wants-sign-in" => fail(id, -32000, "Authentication required"),
            "session/new" => answer(id, &json!({ "sessionId": "s" })),
            "session/prompt" => return self.prompt(id, &message["params"], lines),
            "_tatwats/ping" if how == "never-pongs" => {}
            "_tatwats/ping" => fail(id, -32601, "Method not found"),
            _ => {}
        }
        None
    }

    fn prompt(&self, id: &Value, params: &Value, lines: &mut dyn Iterator<Item = String>) -> Option<ExitCode> {
        let text = params["prompt"][0]["text"].as_str().unwrap_or_default();
        let delivery = &params["_meta"]["tatwats"];
        match self.how.as_str() {
            "prints-garbage" => {
                print(b"Welcome to this helper!\n\x00\xff\xfe\n{\"half\n[]\n");
                say("fine");
            }
            "writes-a-giant-line" => {
                print(b"{\"jsonrpc\":\"2.0\",\"method\":\"");
                for _ in 0..9 {
                    print(&vec![b'x'; 1024 * 1024]);
                }
                print(b"\"}\n");
            }
            "dies-in-the-middle" if delivery["attempt"] == 1 => {
                say("This will nev");
                return Some(ExitCode::from(9));
            }
            "dies-of-it" => return Some(ExitCode::from(9)),
            "dies-in-the-middle" => say("The whole answer."),
            "never-finishes" => return None,
            "floods" => {
                for _ in 0..3_000 {
                    say(&"long ".repeat(20));
                }
            }
            "talks-to-its-log" => {
                let mut log = std::io::stderr();
                let _ = log.write_all(b"\x1b[32mgreen\x1b[0m\x07 \xff\n");
                let _ = log.write_all(&[b'y'; 20_000]);
                let _ = log.write_all(b"\nlast\n");
                say("logged");
            }
            "asks-for-files" => {
                print(b"{\"jsonrpc\":\"2.0\",\"id\":\"f\",\"method\":\"fs/read_text_file\",\"params\":{\"sessionId\":\"s\",\"path\":\"/etc/passwd\"}}\n");
                print(b"{\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"_tatwats/projects.make\",\"params\":{\"sessionId\":\"s\",\"name\":\"mine\"}}\n");
                print(b"{\"jsonrpc\":\"2.0\",\"id\":\"s\",\"method\":\"_tatwats/messages.search\",\"params\":{\"sessionId\":\"other\",\"words\":\"x\"}}\n");
                let mut refusals = Vec::new();
                for line in lines {
                    let heard: Value = serde_json::from_str(&line).unwrap_or_default();
                    if let Some(error) = heard["error"]["message"].as_str() {
                        refusals.push(error.to_owned());
                    } else if heard.get("result").is_some() {
                        refusals.push("granted".into());
                    }
                    if refusals.len() == 3 {
                        break;
                    }
                }
                refusals.sort();
                say(&refusals.join("\n\n"));
            }
            "fails" => {
                fail(id, -32603, "Out of ideas");
                return None;
            }
            "eats-memory" => {
                let mut all = Vec::new();
                loop {
                    // Written to, or it would be none.
                    all.push(vec![7_u8; 1024 * 1024]);
                }
            }
            "looks-around" => {
                let path = text.strip_prefix("look at ").unwrap_or("/work");
                for folder in ["/work", "/home/guest", path] {
                    say(&format!("{folder}: {}\n", names(folder)));
                }
                if std::fs::write("/work/left", "left").is_ok() {
                    say("wrote /work/left");
                }
            }
            "works" => {
                for (number, step) in text.split(";;").map(str::trim).enumerate() {
                    work(&format!("step-{number}"), step, lines);
                }
            }
            "mentions-b" => say("@b your turn"),
            "mentions-a" => say("@a your turn"),
            "tells-environment" => {
                let mut names: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
                names.sort();
                say(&names.join(" "));
            }
            _ => say(&format!("heard: {text}")),
        }
        answer(id, &json!({ "stopReason": "end_turn" }));
        None
    }
}

/// Does one step of work: asks the workshop, and says what came of it.
fn work(id: &str, step: &str, lines: &mut dyn Iterator<Item = String>) {
    let (word, rest) = step.split_once(' ').unwrap_or((step, ""));
    let mut ask = |method: &str, params: Value| request(id, method, params, lines);
    let done = match word {
        "read" => ask("fs/read_text_file", json!({ "path": rest })).map(|answer| answer["content"].clone()),
        "lines" => ask("fs/read_text_file", json!({ "path": rest, "line": 2, "limit": 1 }))
            .map(|answer| answer["content"].clone()),
        "write" => {
            let (path, text) = rest.split_once(' ').unwrap_or((rest, ""));
            ask("fs/write_text_file", json!({ "path": path, "content": text })).map(|_| json!("written"))
        }
        "permit" => {
            let option = |id: &str| json!({ "optionId": id, "name": id, "kind": id });
            let options = ["allow_once", "allow_always", "reject_once"].map(option);
            let call = json!({ "toolCallId": "t", "title": rest, "kind": "execute", "rawInput": { "command": rest } });
            ask("session/request_permission", json!({ "toolCall": call, "options": options }))
                .map(|answer| answer["outcome"]["optionId"].clone())
        }
        "run" | "kill" => ask("terminal/create", json!({ "command": rest })).and_then(|made| {
            let terminal = json!({ "terminalId": made["terminalId"] });
            if word == "kill" {
                ask("terminal/kill", terminal.clone())?;
            }
            let ended = ask("terminal/wait_for_exit", terminal.clone())?;
            let output = ask("terminal/output", terminal.clone())?;
            ask("terminal/release", terminal)?;
            Ok(json!(format!("{} {}: {}", ended["exitCode"], ended["signal"], output["output"])))
        }),
        _ => Err("no such step".into()),
    };
    match done {
        Ok(said) => say(&format!("{word}: {said}\n\n")),
        Err(why) => say(&format!("{word} refused: {why}\n\n")),
    }
}

/// Asks the workshop and waits for its answer; answers pings meanwhile.
fn request(
    id: &str,
    method: &str,
    mut params: Value,
    lines: &mut dyn Iterator<Item = String>,
) -> Result<Value, String> {
    params["sessionId"] = "s".into();
    print(format!("{}\n", json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })).as_bytes());
    for line in lines {
        let heard: Value = serde_json::from_str(&line).unwrap_or_default();
        if heard["method"] == "_tatwats/ping" {
            fail(&heard["id"], -32601, "Method not found");
        } else if heard["id"] == id && heard.get("method").is_none() {
            return match heard["error"]["message"].as_str() {
                Some(error) => Err(error.to_owned()),
                None => Ok(heard["result"].clone()),
            };
        }
    }
    Err("nobody is there".into())
}

/// What is in a folder.
fn names(folder: &str) -> String {
    let Ok(entries) = std::fs::read_dir(folder) else { return "nothing".into() };
    let mut names: Vec<_> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names.join(" ")
}

fn say(text: &str) {
    let update = json!({ "sessionUpdate": "agent_message_chunk", "content": { "type": "text", "text": text } });
    let message =
        json!({ "jsonrpc": "2.0", "method": "session/update", "params": { "sessionId": "s", "update": update } });
    print(format!("{message}\n").as_bytes());
}

fn answer(id: &Value, result: &Value) {
    print(format!("{}\n", json!({ "jsonrpc": "2.0", "id": id, "result": result })).as_bytes());
}

fn fail(id: &Value, code: i32, message: &str) {
    let error = json!({ "code": code, "message": message });
    print(format!("{}\n", json!({ "jsonrpc": "2.0", "id": id, "error": error })).as_bytes());
}

fn print(bytes: &[u8]) {
    let mut out = std::io::stdout();
    let _ = out.write_all(bytes);
    let _ = out.flush();
}
