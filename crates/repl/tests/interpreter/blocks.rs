//! What a block does: variables that stay, values that are shown, output that is cut, answers that are given.

use headwater_protocol::corpus::CorpusShape;
use headwater_protocol::repl::ReplLimits;
use serde_json::{Value, json};

use crate::stage::{Setting, Stage, corpus};

#[tokio::test]
async fn variables_stay_and_the_last_expression_is_shown_once() {
    let mut stage = Stage::new().await;
    let first = stage.run("items = []\nitems.append(1)\nlen(items)").await;
    assert_eq!((first.error, first.shown.as_deref()), (None, Some("1")));
    assert_eq!(first.changed, ["items"]);
    assert_eq!(stage.show("items.append(2) or items").await, "[1, 2]");
    let third = stage.run("def double(x):\n    return 2 * x\ny = double(21)\nNone").await;
    assert_eq!((third.shown, third.changed), (None, vec!["double".to_owned(), "y".to_owned()]));
    let kinds: Vec<_> = third.variables.iter().map(|it| (it.name.as_str(), it.kind.as_str())).collect();
    assert_eq!(kinds, [("items", "list[2]"), ("double", "function"), ("y", "int")]);
    assert_eq!(stage.interpreter.value("items".into()).await.unwrap(), Some(json!([1, 2])));
    assert_eq!(stage.interpreter.value("nothing".into()).await.unwrap(), None);
    assert_eq!(stage.interpreter.variables().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_failing_block_keeps_what_it_bound_and_says_how_far_it_came() {
    let mut stage = Stage::new().await;
    let outcome = stage.run("a = 1\nb = 2\n\ndef f(x):\n    return 1 / x\nf(0)\nc = 3").await;
    let error = outcome.error.unwrap();
    assert_eq!(error.line, Some(6));
    let expected = "ZeroDivisionError: division by zero\nstatements 1–3 done, 4 failed at line 6\n  line 6: f(0)\n  line 5, in f: return 1 / x";
    assert_eq!(error.message, expected);
    assert_eq!(stage.show("(a, b, 'c' in globals())").await, "(1, 2, False)");
    let deep = "def r(n):\n    if n == 0:\n        raise ValueError('deep')\n    r(n - 1)\nr(50)";
    let message = stage.fail(deep).await;
    assert!(message.lines().count() <= 2 + 6, "{message}");
    let broken = stage.run("x = 1\ny = (").await.error.unwrap();
    assert_eq!(broken.line, Some(2));
    assert!(broken.message.contains("SyntaxError") && broken.message.contains("y = ("), "{}", broken.message);
    assert!(stage.fail("x").await.contains("NameError"), "nothing of a block that cannot be read is run");
}

#[tokio::test]
async fn output_is_cut_in_the_middle_and_kept() {
    let limits = ReplLimits { shown: 100, kept: 1000, ..ReplLimits::default() };
    let mut stage = Setting { limits, ..Setting::default() }.open().await;
    let short = stage.run("print('ä' * 3)").await;
    assert_eq!((short.stdout.as_str(), short.stdout_bytes), ("äää\n", 7));
    let long = stage.run("print('begin' + '.' * 400 + 'end')").await;
    assert!(long.stdout.starts_with("begin...") && long.stdout.ends_with("...end\n"), "{}", long.stdout);
    assert!(
        long.stdout.contains("309 of 409 characters left out; _out[2] has the whole text"),
        "{}",
        long.stdout
    );
    assert_eq!(stage.show("len(_out[2])").await, "409");
    let flood = stage.run("for i in range(10_000):\n    print(i)").await;
    assert!(flood.stdout.starts_with("0\n1\n") && flood.stdout.ends_with("9999\n"), "{}", flood.stdout);
    assert!(flood.stdout.contains("_out[4] has the first 1,000 characters"), "{}", flood.stdout);
    assert_eq!(flood.stdout_bytes, 48_890);
    assert!(stage.show("list(range(100_000))").await.chars().count() < 300);
    assert!(stage.run("'x' * 5_000_000").await.shown.unwrap().contains("4,999,900 characters left out"));
}

#[tokio::test]
async fn an_answer_ends_the_block_and_the_first_one_wins() {
    let table = [
        ("FINAL('yes')\nprint('never')", json!("yes")),
        ("try:\n    FINAL(1)\nexcept Exception:\n    FINAL(2)", json!(1)),
        ("try:\n    FINAL(1)\nexcept:\n    FINAL(2)", json!(1)),
        (
            "FINAL({'a': (1, 2), 'b': {3}, 4: None, 'c': float('nan')})",
            json!({"a": [1, 2], "b": [3], "4": null, "c": "nan"}),
        ),
        ("x = [1]\nFINAL_VAR('x')", json!([1])),
        ("x = 'a b'\nFINAL_VAR(x)", json!("a b")),
        ("SUBMIT(3)", json!(3)),
        ("FINAL([2 ** 62, 10 ** 30])", json!([1_u64 << 62, "1000000000000000000000000000000"])),
        ("x = []\nfor i in range(500):\n    x = [x]\nFINAL(len(x))", json!(1)),
        ("finalize('done')", json!("done")),
        ("def f():\n    FINAL(9)\nf()", json!(9)),
        ("answer['content'] = 'c'\nanswer['ready'] = True", json!("c")),
        ("answer['ready'] = True\nanswer['content'] = 'late'", json!("late")),
        ("answer.update(ready=True, content=5)", json!(5)),
        ("FINAL(context[4:9])", json!("river")),
    ];
    let mut stage = Stage::new().await;
    for (code, expected) in table {
        let outcome = stage.run(code).await;
        assert_eq!((outcome.answer, outcome.error), (Some(expected), None), "{code}");
        assert_eq!(outcome.stdout, "", "{code}");
    }
}

#[tokio::test]
async fn what_is_no_answer_is_none() {
    let mut stage = Stage::new().await;
    stage.run("labels = {}").await;
    let table = [
        ("FINAL_VAR('lables')", "closest: labels"),
        ("answer['content'] = 'x'\nanswer['ready'] = True\n1 / 0", "ZeroDivisionError"),
        ("import sys\nsys.exit(0)", "cannot be imported"),
        ("raise SystemExit", "FINAL(value) ends it"),
    ];
    for (code, expected) in table {
        let outcome = stage.run(code).await;
        assert_eq!(outcome.answer, None, "{code}");
        let message = outcome.error.unwrap().message;
        assert!(message.contains(expected), "{code}: {message}");
    }
    let empty = stage.run("answer['content'] = ''\nanswer['ready'] = True").await;
    assert_eq!((empty.answer, empty.error), (None, None));
    assert!(empty.hints.iter().any(|hint| hint.contains("no content")), "{:?}", empty.hints);
}

#[tokio::test]
async fn the_context_is_read_only_in_every_shape() {
    let texts = [("a", "alpha"), ("b", "bèta")];
    let table = [
        (CorpusShape::Text, "context", "'alpha'"),
        (
            CorpusShape::List,
            "(len(context), context[1], type(context[0][1:]).__name__)",
            "(2, 'bèta', 'Span')",
        ),
        (
            CorpusShape::Dict,
            "(sorted(context), context['b'][1:3], context['b'].src)",
            "(['a', 'b'], 'èt', 'b')",
        ),
    ];
    for (shape, code, expected) in table {
        let mut stage = Setting { corpus: corpus(shape, &texts), ..Setting::default() }.open().await;
        assert_eq!(stage.show(code).await, expected);
        let rebound = stage.run("context = 'poison'\nother = context").await;
        assert!(rebound.hints.iter().any(|hint| hint.contains("read-only")), "{:?}", rebound.hints);
        assert_eq!(stage.show(code).await, expected);
        stage.run("del context").await;
        assert_eq!(stage.show(code).await, expected);
    }
    let mut stage = Setting { corpus: corpus(CorpusShape::List, &texts), ..Setting::default() }.open().await;
    assert!(stage.fail("context.append('x')").await.contains("read-only"));
    stage.run("list.append(context, 'poison')").await;
    assert_eq!(stage.show("len(context)").await, "2");
    let mut stage = Setting { corpus: corpus(CorpusShape::Dict, &texts), ..Setting::default() }.open().await;
    assert!(stage.fail("context['a'] = 'x'").await.contains("read-only"));
    stage.run("dict.__setitem__(context, 'a', 'poison')").await;
    stage.run("dict.update(context, a='poison')").await;
    assert_eq!(stage.show("context['a']").await, "'alpha'");
}

#[tokio::test]
async fn words_of_blocks_are_given_back_and_other_names_are_free() {
    let mut stage = Stage::new().await;
    let outcome = stage.run("llm_query = None\nFINAL = 3\nlines = 'mine'\ncount = 2").await;
    assert_eq!(outcome.hints.len(), 2, "{:?}", outcome.hints);
    assert_eq!(
        stage.show("(callable(llm_query), callable(FINAL), lines, count)").await,
        "(True, True, 'mine', 2)"
    );
    stage.run("del lines").await;
    assert_eq!(stage.show("callable(lines)").await, "True");
    let looped = stage.run("for x in range(2):\n    llm_query(f'{x}?')").await;
    assert!(looped.hints.iter().any(|hint| hint.contains("llm_query_batched")), "{:?}", looped.hints);
    assert_eq!(
        stage.run("[llm_query('a') for x in range(2)]").await.hints,
        Vec::<String>::new(),
        "once is enough"
    );
    assert_eq!(stage.show("import random\nrandom.random() < 1").await, "True");
    let random = |mut stage: Stage| async move { stage.show("import random\nrandom.random()").await };
    assert_eq!(
        random(Stage::new().await).await,
        random(Stage::new().await).await,
        "the seed is that of the opening"
    );
}

#[tokio::test]
async fn blocks_tell_whether_they_are_whole_and_what_helps() {
    let repl = headwater_repl::python_repl(None);
    repl.python().unwrap();
    assert!(repl.is_complete("x = 1") && !repl.is_complete("x = ("));
    assert!(!repl.helpers().is_empty());
    let mut stage = Stage::new().await;
    for helper in repl.helpers() {
        let name = helper.signature.split('(').next().unwrap_or_default().trim();
        assert_eq!(stage.show(&format!("callable({name})")).await, "True", "{name}");
    }
    assert_eq!(
        stage.interpreter.value("context".into()).await.unwrap(),
        Some(Value::from("The river.\nIt flows.\n"))
    );
}
