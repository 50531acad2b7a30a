use super::{edits, int, read, refused, unopened};
use crate::document::{Edit, Edits, Raw};
use crate::formats::plist::open;

#[test]
fn text_of_every_kind_is_read() {
    assert_eq!(
        read("// x\n{ a = b; /* c */ \"d e\" = (1, \"two\\n\\U00f6\\\"\", {x = <0fA0 ff>;},); e = {}; f = (); }"),
        "a=\"b\" d e/0=\"1\" d e/1=\"two\\n\u{f6}\\\"\" d e/2/x=<3 bytes> e=<0 bytes> f=<0 bytes>"
    );
    assert_eq!(read("a = 'x';\nb;\n"), "a=\"x\" b=\"b\"");
    assert_eq!(read("{ i = <*I-5>; y = <*BY>; n = <*BN>; r = <*R1.5>; }"), "i=-5 n=false r=<3 bytes> y=true");
    assert_eq!(read("{ a = \"\\101\\351\"; b = 1 }"), "a=<10 bytes> b=\"1\"");
    assert_eq!(read(b"\xFE\xFF\0{\0a\0=\0b\0;\0}"), "a=\"b\"");
}

#[test]
fn text_is_only_read() {
    let text = "{ a = b; }";
    assert!(open(text.as_bytes()).unwrap().render(&Edits::new()).unwrap().is_empty());
    assert!(open(text.as_bytes()).unwrap().render(&edits([("a", Edit::Put(Raw::text("b")))])).unwrap().is_empty());
    assert_eq!(
        refused(text, edits([("a", int(1))])),
        "expected an XML or binary property list, found OpenStep text, which is only read"
    );
}

#[test]
fn what_is_no_text_is_refused_with_its_line() {
    assert_eq!(unopened("{\n a = ;}"), "line 2: expected a value, found \";\"");
    assert_eq!(unopened("{ a = b c }"), "line 1: expected \";\" behind a value, found \"c\"");
    assert_eq!(unopened("{ a = \"b }"), "line 1: expected the end of a string, found the end of the file");
    assert_eq!(unopened("(a b)"), "line 1: expected \",\" or \")\", found \"b\"");
    assert_eq!(unopened("<zz>"), "line 1: expected a value, found \"<\"");
    assert_eq!(unopened(""), "expected a property list, found an empty file: is reading it permitted?");
    assert_eq!(unopened("(".repeat(100_000)), "line 1: expected at most 512 levels, found more");
}
