//! Contexts of every size: by descriptor, through the pipe, and the ones that stay on disk.

use headwater_protocol::corpus::{Corpus, CorpusPart, CorpusShape, PromptPiece, SharedText};

use crate::stage::{Setting, text, text_in_file};

#[tokio::test]
async fn a_large_context_is_a_str_whose_slices_know_where_they_come_from() {
    for is_ascii in [true, false] {
        let line = if is_ascii { "one line of many\n" } else { "eine Zeile über viele\n" };
        let body = line.repeat(12 << 20 >> 4);
        let folder = tempfile::tempdir().unwrap();
        for corpus in [text(&body), text_in_file(&folder, body.clone())] {
            let mut stage = Setting { corpus, ..Setting::default() }.open().await;
            let chars = body.chars().count();
            assert_eq!(
                stage.show("(type(context).__name__, len(context))").await,
                format!("('str', {chars})")
            );
            let code = "piece = context[1_000_000:1_002_000]\nllm_query(f'x {piece}', context)\n(piece.start, piece.line, piece[5:].start)";
            let line_number = body.chars().take(1_000_000).filter(|it| *it == '\n').count() + 1;
            assert_eq!(stage.show(code).await, format!("(1000000, {line_number}, 1000005)"));
            let batches = stage.host.batches.lock().unwrap().clone();
            let at = |char: usize| u64::try_from(body.char_indices().nth(char).unwrap().0).unwrap();
            let span = |start, end| PromptPiece::Span { source: "sha-0".into(), start, end };
            assert_eq!(
                batches[0].queries[0].prompt,
                [PromptPiece::text("x "), span(at(1_000_000), at(1_002_000))]
            );
            assert_eq!(batches[0].queries[0].about, [span(0, body.len() as u64)]);
        }
    }
}

#[tokio::test]
async fn a_context_of_more_than_64_mb_stays_on_disk() {
    for is_ascii in [true, false] {
        let line = if is_ascii { "0123456789abcde\n" } else { "0123456789abcdé\n" };
        let mut body = line.repeat(70 << 20 >> 4);
        body.push_str("the needle at the end");
        let chars = body.chars().count();
        let folder = tempfile::tempdir().unwrap();
        let corpus = text_in_file(&folder, body);
        let mut stage = Setting { corpus, ..Setting::default() }.open().await;
        let code = "p = context.find('needle')\n(type(context).__name__, len(context), p, context[p:p + 6], 'needle' in context,\n\
                    context[-3:], next(iter(context)), context.count('needle'), context[p:].line, context.find('absent'))";
        let lines = 70 << 20 >> 4;
        let at = chars - "needle at the end".len();
        let expected = format!(
            "('LazyText', {chars}, {at}, 'needle', True, 'end', '{}', 1, {}, -1)",
            line.trim_end(),
            lines + 1
        );
        assert_eq!(stage.show(code).await, expected);
        stage.show("llm_query(context[p:p + 6] + '?', context)").await;
        let batches = stage.host.batches.lock().unwrap().clone();
        assert!(matches!(batches[0].queries[0].about.as_slice(), [PromptPiece::Span { start: 0, .. }]));
        assert!(stage.fail("str(context[:])\nlen(context[:])").await.contains("MemoryError"));
    }
}

#[tokio::test]
async fn many_texts_come_with_one_request() {
    let part = |n: usize| CorpusPart {
        name: format!("file-{n}"),
        sha256: format!("sha-{n}"),
        file: None,
        text: SharedText::new(format!("text ü {n}\n").repeat(n % 50)).unwrap(),
    };
    let corpus = Corpus { shape: CorpusShape::Dict, parts: (0..3000).map(part).collect() };
    let expected: usize = corpus.parts.iter().map(|part| part.text.as_str().chars().count()).sum();
    let mut stage = Setting { corpus, ..Setting::default() }.open().await;
    assert_eq!(
        stage.show("(len(context), sum(map(len, context.values())))").await,
        format!("(3000, {expected})")
    );
    assert_eq!(stage.show("context['file-7'].src").await, "'file-7'");
}
