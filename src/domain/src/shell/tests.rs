//! Tricky lines, and what no line may do.

use proptest::prelude::*;

use super::*;
use Decision::{Allow, Ask, Deny};

fn rule(decision: Decision, pattern: &str) -> Rule {
    check_pattern(pattern).unwrap();
    Rule { pattern: pattern.into(), decision }
}

fn rules() -> Vec<Rule> {
    [
        rule(Allow, "npm test"),
        rule(Allow, "npm run *"),
        rule(Allow, "echo *"),
        rule(Allow, "cat *"),
        rule(Allow, "git log *"),
        rule(Allow, "git * --short"),
        rule(Allow, "ls"),
        rule(Allow, "node build*"),
        rule(Allow, "find *"),
        rule(Ask, "npm run deploy"),
        rule(Deny, "rm *"),
        rule(Deny, "git push *"),
        rule(Deny, "curl*"),
    ]
    .into()
}

#[test]
fn tricky_lines_are_decided_as_a_shell_would_run_them() {
    for (line, decision) in [
        // Patterns.
        ("npm test", Allow),
        ("npm  \t test", Allow),
        ("npm test --watch", Ask),
        ("npm", Ask),
        ("npm run", Allow),
        ("npm run build -- --mode x", Allow),
        ("npm run deploy", Ask),
        ("npm run deploy --now", Ask),
        ("ls", Allow),
        ("ls -l", Ask),
        ("git status --short", Allow),
        ("git status", Ask),
        ("git a b --short", Ask),
        ("node build.js", Allow),
        ("node build.js x", Ask),
        ("node other.js", Ask),
        ("curlie x", Deny),
        ("git push", Deny),
        ("git push origin", Deny),
        ("whoami", Ask),
        ("", Allow),
        ("# nothing; rm -rf /", Allow),
        // Several commands.
        ("npm test && npm run build", Allow),
        ("npm test; rm -rf /", Deny),
        ("npm test&&rm x", Deny),
        ("npm test || rm x", Deny),
        ("npm test | rm x", Deny),
        ("npm test & rm x", Deny),
        ("npm test\nrm x", Deny),
        ("npm test |& whoami", Ask),
        ("(npm test; rm x)", Deny),
        ("{ npm test; }", Allow),
        ("{ rm x; }", Deny),
        ("if npm test; then rm x; fi", Deny),
        ("if npm test; then echo y; fi", Allow),
        ("while ! npm test; do echo again; done", Allow),
        ("for x in a b; do rm $x; done", Deny),
        ("for x in a b; do echo $x; done", Ask),
        ("case x in x) rm y;; esac", Deny),
        ("f() { rm x; }; f", Deny),
        // Commands within words.
        ("echo $(rm x)", Deny),
        ("echo \"$(rm x)\"", Deny),
        ("echo '$(rm x)'", Allow),
        ("echo `rm x`", Deny),
        ("echo `echo \\`rm x\\``", Deny),
        ("echo \"`rm x`\"", Deny),
        ("echo $(echo $(rm x))", Deny),
        ("echo $(echo hello)", Allow),
        ("echo ${x:-$(rm x)}", Deny),
        ("echo \"${x:-`rm x`}\"", Deny),
        ("echo ${x}", Allow),
        ("echo ${x@P}", Ask),
        ("X=$(rm x) npm test", Deny),
        ("X=$(rm x)", Deny),
        ("echo $((1 + 2))", Ask),
        ("echo $(( $(rm x) ))", Deny),
        ("cat <(rm x)", Deny),
        ("cat <(echo x)", Ask),
        ("echo x > >(rm x)", Deny),
        ("echo x > $(rm x)", Deny),
        // Quotes and escapes.
        ("'rm' x", Deny),
        ("r''m x", Deny),
        ("r\\m x", Deny),
        ("\"rm\" x", Deny),
        ("rm\\\n x", Deny),
        ("r\\\nm x", Deny),
        ("echo a\\; rm x", Allow),
        ("echo 'a; rm x'", Allow),
        ("echo \"a; rm x\"", Allow),
        ("echo \"a\\\"; rm x\"", Allow),
        ("echo \"a\"; rm x", Deny),
        ("echo 'a\\'; rm x", Deny),
        ("echo $'a\\'; rm x #'", Deny),
        ("echo $'x'", Ask),
        ("echo a#b; rm x", Deny),
        ("echo a # b; rm x", Allow),
        ("echo a # '\nrm x\n# '", Deny),
        ("echo \"a", Ask),
        ("echo 'rm", Deny),
        ("echo (", Ask),
        ("echo \\", Allow),
        ("echo a) && ls", Ask),
        ("\u{a0}rm x", Ask),
        // Programs that only the shell knows.
        ("$X test", Ask),
        ("$(echo rm) x", Deny),
        ("{rm,-rf,/}", Deny),
        ("{echo,x}", Ask),
        ("ech* x", Ask),
        ("~/npm test", Ask),
        ("./npm test", Ask),
        ("/tmp/npm test", Ask),
        ("/bin/rm x", Deny),
        ("eval echo x", Ask),
        ("eval 'r\"\"m x'", Deny),
        (". ./x", Ask),
        ("trap 'rm x' EXIT", Deny),
        ("alias npm='rm x'; npm test", Deny),
        // Words that only the shell knows.
        ("git $X", Deny),
        ("git \"$X\" origin", Deny),
        ("npm $X", Ask),
        ("npm run $X", Ask),
        ("npm run build $X", Allow),
        ("echo $X", Allow),
        ("cat *.txt", Allow),
        ("ls *", Ask),
        // What changes which program it is.
        ("X=1 npm test", Allow),
        ("X=1 Y='a b' npm test", Allow),
        ("PATH=/tmp npm test", Ask),
        ("LD_PRELOAD=x npm test", Ask),
        ("PATH+=:/tmp; npm test", Ask),
        ("echo PATH=/tmp", Ask),
        ("X=1", Allow),
        // Redirections.
        ("npm test > out", Allow),
        ("npm test 2>&1", Allow),
        ("npm test >&2 <in", Allow),
        ("npm test &> out", Allow),
        ("npm test > out rm", Ask),
        ("> rm npm test", Allow),
        ("> out", Ask),
        ("npm test >| out; rm x", Deny),
        ("cat <<< $(rm x)", Deny),
        ("cat <<< 'rm x'", Allow),
        // Here-documents.
        ("cat <<E\nrm x\nE", Allow),
        ("cat <<E\nrm x\nE\nrm x", Deny),
        ("cat <<E\n$(rm x)\nE", Deny),
        ("cat <<'E'\n$(rm x)\nE", Allow),
        ("cat <<\\E\n`rm x`\nE", Allow),
        ("cat <<-E\n\tx\n\tE\nrm x", Deny),
        ("cat <<E\nx\n\tE\nls", Ask),
        ("cat <<E && rm x\nx\nE", Deny),
        ("cat <<A <<B\nx\nA\ny\nB\nls", Allow),
        ("cat <<E\nx", Ask),
        ("cat <<$X\nx\n$X", Ask),
        ("cat <<E\nfoo\\\nE\necho '\nE\nrm x\n#'", Deny),
        ("(( 1 << 2 ))\nrm x\n2 ))", Deny),
        // Wrappers.
        ("sh -c 'npm test'", Allow),
        ("sh -c 'npm test; rm x'", Deny),
        ("bash -xec \"rm x\"", Deny),
        ("bash -c -x 'rm x'", Deny),
        ("bash -o pipefail -c 'npm test'", Ask),
        ("bash --rcfile x -c 'npm test'", Ask),
        ("/bin/sh -c 'sh -c \"rm x\"'", Deny),
        ("sh -c \"$X\"", Ask),
        ("sh -c", Ask),
        ("sh x.sh", Ask),
        ("echo x | sh", Ask),
        ("env npm test", Allow),
        ("env -i X=1 npm test", Allow),
        ("env PATH=/tmp npm test", Ask),
        ("env -S 'rm x'", Deny),
        ("env rm x", Deny),
        ("env", Ask),
        ("timeout 5 npm test", Allow),
        ("timeout -s KILL --kill-after=1 5s rm x", Deny),
        ("timeout -z 5 npm test", Ask),
        ("nice -n 5 npm test", Allow),
        ("nice -5 npm test", Allow),
        ("nice rm x", Deny),
        ("nohup npm test &", Allow),
        ("command npm test", Allow),
        ("command -v npm", Ask),
        ("builtin eval x", Ask),
        ("exec npm test", Allow),
        ("exec -a x rm x", Deny),
        ("time -p npm test", Allow),
        ("sudo rm x", Deny),
        ("busybox rm x", Deny),
        ("env timeout 5 nice sh -c 'rm x'", Deny),
        ("ls | xargs echo", Allow),
        ("ls | xargs -n 1 rm", Deny),
        ("ls | xargs npm", Ask),
        ("ls | xargs git", Deny),
        ("ls | xargs -I % sh -c 'echo %'", Ask),
        ("ls | xargs -I% %", Ask),
        ("ls | xargs -I{} echo {}", Allow),
        ("find . -name x", Allow),
        ("find . -exec rm {} ;", Deny),
        ("find . -exec rm {} \\;", Deny),
        ("find . -exec echo {} +", Allow),
        ("find . -exec whoami \\; -exec rm x \\;", Deny),
    ] {
        assert_eq!(decide(line, &rules()), decision, "{line:?}: {:?}", Reading::of(line));
    }
}

#[test]
fn a_rule_about_a_wrapper_holds_for_the_wrapper() {
    let rules = [rule(Allow, "npm *"), rule(Deny, "sudo *"), rule(Ask, "env *"), rule(Allow, "sh *")];
    for (line, decision) in [("sudo npm test", Deny), ("env npm test", Ask), ("sh -c whoami", Ask), ("sh x", Allow)] {
        assert_eq!(decide(line, &rules), decision, "{line}");
    }
}

#[test]
fn everything_allowed_is_everything_that_can_be_read_for_sure() {
    let rules = [rule(Allow, "*"), rule(Deny, "rm*")];
    for (line, decision) in
        [("a $B | c", Allow), ("$B", Ask), ("eval a", Ask), ("eval rmdir", Deny), ("'rm'dir x", Deny)]
    {
        assert_eq!(decide(line, &rules), decision, "{line}");
    }
    assert_eq!(decide("ls", &[rule(Deny, "*"), rule(Allow, "ls")]), Deny);
    assert_eq!(decide("$X", &[rule(Deny, "*")]), Deny);
}

#[test]
fn a_pattern_of_a_line_fits_that_line() {
    for (line, pattern) in [
        ("npm test", Some("npm test")),
        ("X=1 timeout 5 'npm' run build > out", Some("npm run build")),
        ("npm test && npm run build", None),
        ("echo 'a b'", None),
        ("echo *", None),
        ("echo '*'", None),
        ("eval x", None),
        ("", None),
        ("ls | xargs echo", None),
    ] {
        assert_eq!(pattern_of(line).as_deref(), pattern, "{line}");
        if let Some(pattern) = pattern {
            assert_eq!(decide(line, &[rule(Allow, pattern)]), Allow, "{line}");
        }
    }
}

#[test]
fn patterns_that_mean_nothing_are_told_why() {
    for (pattern, part) in [("", "no words"), ("a\nb", "control"), ("n*m x", "end of a word"), ("**", "end of a word")]
    {
        let error = check_pattern(pattern).unwrap_err();
        assert!(error.message.contains(part), "{pattern}: {}", error.message);
    }
    assert!(check_pattern(&"a".repeat(2000)).unwrap_err().message.contains("1024"));
}

#[test]
fn what_is_deep_is_not_followed_for_ever() {
    for (open, close) in
        [("$(", ")"), ("(", ")"), ("\"${x:-", "}\""), ("${x:-", "}"), ("sh -c ", ""), ("xargs ", ""), ("`", "`")]
    {
        let deep = open.repeat(5_000) + "rm x" + &close.repeat(5_000);
        assert_ne!(decide(&deep, &rules()), Allow, "{open}");
    }
}

/// What lines are made of.
const PIECES: [&str; 46] = [
    "npm",
    "test",
    "run",
    "echo",
    "cat",
    "rm",
    "git",
    "push",
    "ls",
    "x",
    " ",
    " ",
    " ",
    " ",
    "\n",
    ";",
    "&&",
    "||",
    "|",
    "&",
    "(",
    ")",
    "{",
    "}",
    "$(",
    "`",
    "'",
    "\"",
    "\\",
    "#",
    "$X",
    "${",
    "<",
    ">",
    "<<",
    "E",
    "sh -c",
    "xargs",
    "timeout 5",
    "env",
    "X=",
    "PATH=",
    "eval",
    "if",
    "*",
    "$'",
];

fn line() -> impl Strategy<Value = String> {
    prop::collection::vec(0..PIECES.len(), 0..14).prop_map(|picks| picks.into_iter().map(|pick| PIECES[pick]).collect())
}

#[test]
fn a_quote_without_its_end_quotes_all_that_follows() {
    for quote in ['\'', '"'] {
        for (line, decision) in [("rm_E", Ask), ("rm_E ; sh -c _whoami_", Ask), ("rm_", Deny), ("rm_ ; ls", Deny)] {
            let line = line.replace('_', &quote.to_string());
            assert_eq!(decide(&line, &rules()), decision, "{line}");
        }
    }
}

proptest! {
    #[test]
    fn nothing_that_is_added_makes_a_line_milder(line in line(), pick in 0..6_usize) {
        // A backslash at the end would quote what is added: then the line before was another one.
        let line = line.trim_end_matches('\\').to_owned();
        let before = decide(&line, &rules());
        for end in [" ; C", " && C", " || C", " | C", " & C", " $(C)", " \"$(C)\"", " `C`", " \n C", " ; sh -c 'C'"] {
            let command = ["npm test", "rm x", "whoami", "echo y", "git push", "ls"][pick];
            let longer = line.clone() + &end.replace('C', command);
            prop_assert!(decide(&longer, &rules()) >= before, "{longer:?} is milder than {line:?}");
        }
    }

    #[test]
    fn a_command_that_is_refused_is_refused_at_the_end_of_any_line_that_was_read(line in line()) {
        let reading = Reading::of(&line);
        let comment = line.lines().last().is_some_and(|last| last.contains('#'));
        prop_assume!(!reading.unclear && !comment);
        let longer = line + " ; rm x";
        prop_assert_eq!(decide(&longer, &rules()), Deny, "{:?}", longer);
    }

    #[test]
    fn no_text_breaks_the_reader(text in any::<String>(), line in line()) {
        prop_assert!(decide(&text, &[]) <= decide(&text, &[rule(Deny, "*")]));
        let reading = Reading::of(&line);
        // What only wraps others, and wraps nothing but an assignment, runs nothing either: `sh -c X=`.
        let idle = !reading.unclear && reading.commands.iter().all(|command| command.wraps);
        prop_assert_eq!(decide(&line, &[]) == Allow, idle, "{:?}", line);
    }
}
