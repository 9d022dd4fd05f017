//! The helpers as blocks call them.

use headwater_protocol::corpus::{Corpus, CorpusShape};

use crate::stage::{Setting, Stage, corpus, text};

const BOOK: &str = "# Öne\nThe river  runs\nover 12 stones.\n\n# Two\nIt flows to the sea,\nwith 7 boats.\n";

async fn over(corpus: Corpus) -> Stage {
    Setting { corpus, ..Setting::default() }.open().await
}

async fn book() -> Stage {
    over(text(BOOK)).await
}

/// Two files by name.
async fn files() -> Stage {
    let code = "def first():\n    return 1\n\n\ndef second():\n    return 2\n";
    over(corpus(CorpusShape::Dict, &[("a.py", code), ("b.md", BOOK)])).await
}

async fn all_show(mut stage: Stage, table: &[(&str, &str)]) {
    for (code, expected) in table {
        assert_eq!(stage.show(code).await, *expected, "{code}");
    }
}

#[tokio::test]
async fn parts_of_the_text_are_shown() {
    all_show(
        book().await,
        &[
            ("peek(2, 5)", "'Öne'"),
            ("peek(-7, -2)", "'boats'"),
            ("peek(-7), peek(-999) == context, peek(60)", "('boats.\\n', True, ' sea,\\nwith 7 boats.\\n')"),
            ("len(peek(src='x' * 5000)), peek(4999, src='x' * 5000)", "(2000, 'x')"),
            ("lines(2)", "'The river  runs'"),
            ("lines(2, 3, numbered=True)", "'2: The river  runs\\n3: over 12 stones.'"),
            ("lines(-1)", "'with 7 boats.'"),
            ("head(1)", "'# Öne'"),
            ("tail(2)", "'It flows to the sea,\\nwith 7 boats.'"),
            ("lines(1, 2, src='x\\ny\\nz')", "'x\\ny'"),
            (
                "s = lines(6, 7); (s.src, s.start, s.end, s.line, s[3:8], s[3:8].start)",
                "('a.txt', 45, 79, 6, 'flows', 48)",
            ),
            ("context[s.start:s.end] == s", "True"),
        ],
    )
    .await;
}

#[tokio::test]
async fn places_are_found() {
    all_show(
        book().await,
        &[
            ("grep('FLOWS')", "[(6, 'It flows to the sea,')]"),
            ("grep('flows', flags='', ctx=1)", "[(6, '# Two\\nIt flows to the sea,\\nwith 7 boats.')]"),
            (
                "grep(r'\\d', max=1)",
                "[(3, 'over 12 stones.'), (0, '... 1 more lines match: raise max, or make rx narrower')]",
            ),
            ("import re; grep(re.compile('RIVER'))", "[]"),
            ("[t.line for _, t in grep('o')]", "[3, 5, 6, 7]"),
            ("count(r'\\d+')", "2"),
            ("find_all(r'\\d+')", "['12', '7']"),
            ("find_all(r'(\\d+) (\\w+)')", "[('12', 'stones'), ('7', 'boats')]"),
            ("find_all(r'#|(\\d)')", "['', '1', '2', '', '7']"),
            ("find_all(r'# (.)')[0].start", "2"),
            ("between('# ', '\\n')", "['Öne', 'Two']"),
            ("split_by('^# ')[1].line", "5"),
            ("''.join(split_by('^# ')) == context", "True"),
            ("q = quote('river runs over'); (q, f'{q.src}:{q.line}')", "('river  runs\\nover', 'a.txt:2')"),
            ("quote('no such words')", ""),
            ("extract('number')", "['12', '7']"),
            ("[value['a'] for value in extract('json', src='x {\"a\": 1} y {\"a\": 2}')]", "[1, 2]"),
            ("outline()", "[(1, 4, 'Öne'), (5, 7, 'Two')]"),
            (
                "score, hit = search('sea boats', k=1, size=41)[0]; (score > 0, hit, hit.line)",
                "(True, '# Two\\nIt flows to the sea,\\nwith 7 boats.\\n', 5)",
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn chunks_cover_the_context() {
    all_show(
        book().await,
        &[
            ("parts = chunk(30); [len(part) for part in parts]", "[22, 23, 21, 14]"),
            ("''.join(parts) == context", "True"),
            ("coverage(parts)['fraction']", "1.0"),
            ("[part[:2] for part in chunk(45, by='heading')]", "['# ', '# ']"),
            ("report = coverage([parts[1], parts[1][5:10], parts[3], 'strange'])", ""),
            ("report['read'], report['unread'], report['read_twice'], report['not_of_the_context']", "(37, 43, 5, 1)"),
            ("report['gaps']", "[('a.txt', 0, 22), ('a.txt', 45, 66)]"),
            ("report['read'] + sum(b - a for _, a, b in report['gaps']) == report['chars'] == len(context)", "True"),
        ],
    )
    .await;
}

#[tokio::test]
async fn several_texts_are_one_context() {
    all_show(
        files().await,
        &[
            (
                "info()['kind'], info()['parts'], [part['format'] for part in info()['each']]",
                "('dict', 2, ['python', 'markdown'])",
            ),
            ("info('b.md')['lines']", "7"),
            (
                "[(line, text.src) for line, text in grep('(return|# )')]",
                "[(2, 'a.py'), (6, 'a.py'), (1, 'b.md'), (5, 'b.md')]",
            ),
            ("count('^# ', src='a.py'), count('^# ', src='b.md'), count('^# ', src=1)", "(0, 2, 2)"),
            ("count('o', src=['xox', context['a.py']])", "2"),
            ("peek(0, 5, src='b.md')", "'# Öne'"),
            ("outline()[0], outline()[3]", "((1, 6, 'a.py'), (1, 7, 'b.md'))"),
            ("outline(1)", "[(1, 6, 'a.py'), (1, 7, 'b.md')]"),
            ("[(part.src, part.line) for part in chunk(30, by='symbol')][:2]", "[('a.py', 1), ('a.py', 5)]"),
            ("coverage(chunk(1000))['fraction']", "1.0"),
            ("coverage(context['b.md'])['gaps'][0][0]", "'a.py'"),
            ("quote('return 2').src, search('sea')[0][1].src", "('a.py', 'b.md')"),
        ],
    )
    .await;
    let failure = files().await.fail("peek()").await;
    assert!(failure.contains("there are 2 texts: say which one, src='a.py'"), "{failure}");
}

#[tokio::test]
async fn a_list_of_texts_is_addressed_by_number() {
    let stage = over(corpus(CorpusShape::List, &[("0", "a b\n"), ("1", "b c\n")])).await;
    all_show(
        stage,
        &[
            ("grep('b')[1]", "(1, 'b c')"),
            ("head(1, src=1)", "'b c'"),
            ("info()['kind'], coverage(context[0])['read']", "('list', 4)"),
            ("dedupe(context, near=0.9) == list(context)", "True"),
        ],
    )
    .await;
}

#[tokio::test]
async fn lists_are_counted_grouped_and_sampled() {
    all_show(
        book().await,
        &[
            ("freq(['a', 'b', 'a', ['x'], ['x']], 2)", "[('a', 2), (['x'], 2)]"),
            ("freq('the The sea', 1)", "[('the', 2)]"),
            ("group_by([{'k': 1, 'v': 2}, {'k': 1, 'v': 3}], 'k')", "{1: [{'k': 1, 'v': 2}, {'k': 1, 'v': 3}]}"),
            ("group_by(['ab', 'c'], len)", "{2: ['ab'], 1: ['c']}"),
            ("group_by([(1, 2), (3, 2)], 1)", "{2: [(1, 2), (3, 2)]}"),
            ("dedupe(['b', 'a', 'b', {}, {}])", "['b', 'a', {}]"),
            ("dedupe(['the river runs fast', 'The river  runs fast!', 'else'], near=0.8)", "['the river runs fast', 'else']"),
            ("sample(100, 3) == sample(100, 3), len(sample(100, 3)), sample(100, 3) == sample(100, 3, seed=1)", "(True, 3, False)"),
            ("sorted(sample('abc', 9))", "['a', 'b', 'c']"),
            ("items = ['a'] * 80 + ['b'] * 19 + ['c']; freq(sample(items, 10, by=lambda item: item))", "[('a', 8), ('b', 1), ('c', 1)]"),
            ("freq(sample(items, 2, by=lambda item: item))", "[('a', 2)]"),
            ("diff('a\\nb\\n', 'a\\nc\\n', ctx=0)", "'--- a\\n+++ b\\n@@ -2 +2 @@\\n-b\\n+c\\n'"),
            ("similar('a b', 'a b'), similar('a b', 'x y') < 0.6", "(1.0, True)"),
            ("budget()['calls_left']", "197"),
        ],
    )
    .await;
}

#[tokio::test]
async fn rows_and_answers_are_read() {
    let mut stage = over(text("name,age\nann,3\nbo\ncy,5\n")).await;
    let outcome = stage.run("records()").await;
    assert_eq!(outcome.error, None);
    assert_eq!(outcome.shown.as_deref(), Some("[{'name': 'ann', 'age': '3'}, {'name': 'cy', 'age': '5'}]"));
    assert_eq!(outcome.stdout.trim(), "records: 1 bad rows left out (line 3: 1 values, not 2)");
    all_show(
        stage,
        &[
            ("records(src='{\"a\": 1}\\n{\"a\": 2}\\n')", "[{'a': 1}, {'a': 2}]"),
            ("records(src=['a: 1 || b: 2', 'a: 3 || b: 4'], fmt='pairs')[1]", "{'a': '3', 'b': '4'}"),
            ("parse('```json\\n{\"a\": [1, 2,]}\\n```')", "{'a': [1, 2]}"),
            ("parse('yes.', {'enum': ['yes', 'no']})", "'yes'"),
            ("bad = parse('{\"a\": 1}', {'type': 'array'}); (bool(bad), bad.ok, 'does not fit' in bad.error, bad.text)", "(False, False, True, '{\"a\": 1}')"),
        ],
    )
    .await;
}

#[tokio::test]
async fn variables_are_listed_and_copies_kept() {
    let mut stage = book().await;
    stage.show("x = [1, 2]; save('x'); x.append(3)").await;
    all_show(
        stage,
        &[
            ("[row[:2] for row in vars()]", "[('x', 'list[3]')]"),
            ("load('x'), x", "([1, 2], [1, 2, 3])"),
            ("load('x').append(9); load('x')", "[1, 2]"),
            ("SHOW_VARS()[0][0]", "'x'"),
        ],
    )
    .await;
    let mut stage = book().await;
    assert!(stage.fail("save('y')").await.contains("no variable is called 'y'"));
    assert!(stage.fail("load('y')").await.contains("nothing is saved as 'y'; saved: nothing"));
    assert!(stage.fail("grep('(?=x)')").await.contains("ValueError: look-around is not supported"));
    assert!(stage.fail("count(1, src=2.5)").await.contains("float is no text"));
}

#[tokio::test]
async fn saved_copies_outlive_the_interpreter() {
    let mut stage = book().await;
    stage.show("x = {'a': [1]}; save('x')").await;
    stage.show("x['a'].append(2)").await;
    assert_eq!(stage.run("bad = parse('none'); found = grep('river')").await.hints, Vec::<String>::new());
    let setting = Setting { corpus: text(BOOK), folder: stage.folder.clone(), ..Setting::default() };
    drop(stage);
    let mut stage = setting.open().await;
    assert_eq!(stage.show("load('x'), x").await, "({'a': [1]}, {'a': [1, 2]})");
    assert_eq!(stage.show("bad, found[0][1].line").await, "(Err('there is no JSON value in it'), 2)");
}
