use super::{edited, edits, int, open, read, refused, text, unopened};
use crate::document::{Edit, Edits, Key, Raw};
use crate::formats::law::check_many;
use crate::formats::plist::{ARRAY, DICT};

const MAIL: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple Computer//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n<dict>\n\t<key>AccountsVersion</key>\n\t<integer>3</integer>\n\t<!-- the servers -->\n\t<key>DeliveryAccounts</key>\n\t<array>\n\t\t<dict>\n\t\t\t<key>Hostname</key>\n\t\t\t<string>smtp.old.example</string>\n\t\t\t<key>PortNumber</key>\n\t\t\t<string>25</string>\n\t\t\t<key>uniqueId</key>\n\t\t\t<string>7</string>\n\t\t</dict>\n\t</array>\n\t<key>MailAccounts</key>\n\t<array>\n\t\t<dict>\n\t\t\t<key>AccountPath</key>\n\t\t\t<string>~/Library/Mail/POP-a@b</string>\n\t\t\t<key>SSLEnabled</key>\n\t\t\t<true/>\n\t\t</dict>\n\t</array>\n</dict>\n</plist>\n";

fn changed(xml: &str, edits: Edits) -> String {
    String::from_utf8(edited(xml, edits)).unwrap()
}

fn plist(body: &str) -> String {
    format!("<plist><dict>{body}</dict></plist>")
}

#[test]
fn values_of_every_kind_are_read() {
    let xml = plist(
        "<key>a</key><string>x<![CDATA[<y>]]>&amp;&#246;&#xF6;<!-- c -->z</string><key>b</key><integer> -7 </integer>\
         <key>c</key><integer>0x1F</integer><key>d</key><real>1.5</real><key>e</key><true/><key>f</key><false></false>\
         <key>g</key><data>\n\tAAEC\n\t/w==\n</data><key>h</key><date>2011-11-18T10:00:00Z</date><key>i</key><dict/>\
         <key>j</key><array>\n</array><key>k</key><string/><key/><true/><key>l/m~n</key><integer>18446744073709551615</integer>\
         <key>o</key><array><string>p</string><integer>+1</integer></array>",
    );
    assert_eq!(
        read(&xml),
        "a=\"x<y>&\u{f6}\u{f6}z\" b=-7 c=31 d=<3 bytes> e=true f=false g=<4 bytes> h=<20 bytes> i=<0 bytes> j=<0 bytes> k=\"\" \
         l~1m~0n=<20 bytes> o/0=\"p\" o/1=1"
    );
    let document = open(xml.as_bytes()).unwrap();
    assert_eq!(document.get(&Key::raw("g")), Some(Raw::Bytes(vec![0, 1, 2, 255])));
    assert_eq!(document.get(&Key::raw("i")), Some(Raw::Other { tag: DICT, bytes: vec![] }));
    assert!(document.odd().is_empty());
    assert_eq!(read("<dict><key>a</key><true/></dict>"), "a=true");
    assert_eq!(read("<plist><string>alone</string></plist>"), "");
}

#[test]
fn of_duplicate_keys_the_last_one_counts() {
    let xml = plist("<key>a</key><true/><key>a</key><integer>2</integer><key>b</key><true/>");
    assert_eq!(read(&xml), "a=2 b=true");
    assert_eq!(changed(&xml, edits([("a", int(3))])), xml.replace(">2<", ">3<"));
    assert_eq!(changed(&xml, edits([("a", Edit::Remove)])), plist("<key>b</key><true/>"));
}

#[test]
fn what_has_no_known_meaning_is_kept_and_told() {
    let xml = "<plist>\n<dict>\n<key>a</key><string>&foo;</string>\n<key>b</key><integer>x</integer>\n<key>c</key>\n<true/>\n\
               <key>d</key><data>A</data>\n<key>e</key><date>now</date>\n</dict></plist>";
    let document = open(xml.as_bytes()).unwrap();
    let told: Vec<_> =
        document.odd().iter().map(|odd| format!("{} {}: {}", odd.line, odd.hides.as_ref().unwrap(), odd.message)).collect();
    assert_eq!(told[0], "3 a: expected a value of <string>, found \"&foo;\"");
    assert_eq!(told[1], "4 b: expected a value of <integer>, found \"x\"");
    assert_eq!(told.len(), 4);
    assert_eq!(changed(xml, edits([("c", Edit::Put(Raw::Bool(false)))])), xml.replace("true", "false"));
    assert_eq!(document.line(&Key::raw("c")), 5);
}

#[test]
fn a_value_changes_alone() {
    let host = "DeliveryAccounts/uniqueId=7/Hostname";
    assert_eq!(changed(MAIL, edits([(host, text("ssl.new.example"))])), MAIL.replace("smtp.old.example", "ssl.new.example"));
    assert_eq!(changed(MAIL, edits([("AccountsVersion", int(4))])), MAIL.replace(">3<", ">4<"));
    let port = edits([("DeliveryAccounts/uniqueId=7/PortNumber", int(465))]);
    assert_eq!(changed(MAIL, port), MAIL.replace("<string>25</string>", "<integer>465</integer>"));
    let path = "MailAccounts/AccountPath=~0~1Library~1Mail~1POP-a@b/SSLEnabled";
    assert_eq!(changed(MAIL, edits([(path, Edit::Put(Raw::Bool(false)))])), MAIL.replace("<true/>", "<false/>"));
    let spelled = plist("<key>a</key><string >x<!-- y --></string>");
    assert_eq!(
        changed(&spelled, edits([("a", text("<&>\"'\r\u{f6}"))])),
        spelled.replace("x<!-- y -->", "&lt;&amp;&gt;\"'&#13;\u{f6}")
    );
    assert!(refused(&spelled, edits([("a", text("\u{1}"))])).contains("characters that XML can hold"));
}

#[test]
fn a_new_member_stands_in_the_order_of_its_neighbours() {
    let member = |key: &str, value: &str| format!("\t\t\t<key>{key}</key>\n\t\t\t{value}\n");
    let below = "MailAccounts/AccountPath=~0~1Library~1Mail~1POP-a@b";
    let put = |key: &str, raw: Raw| (Key::raw(format!("{below}/{key}")), Edit::Put(raw));
    let new = changed(MAIL, [put("PortNumber", Raw::Int(995)), put("Aaa", Raw::text("")), put("Zzz", Raw::Bool(true))].into());
    let wanted = MAIL
        .replace("\t\t\t<key>SSLEnabled", &(member("PortNumber", "<integer>995</integer>") + "\t\t\t<key>SSLEnabled"))
        .replace("\t\t\t<key>AccountPath", &(member("Aaa", "<string></string>") + "\t\t\t<key>AccountPath"))
        .replace("\t\t\t<true/>\n", &("\t\t\t<true/>\n".to_owned() + &member("Zzz", "<true/>")));
    assert_eq!(new, wanted);
    let unsorted = "<dict>\r\n  <key>b</key> <true/> <!-- of b -->\r\n  <key>a</key> <true/>\r\n</dict>\r\n";
    assert_eq!(
        changed(unsorted, edits([("aa", int(1))])),
        "<dict>\r\n  <key>b</key> <true/> <!-- of b -->\r\n  <key>a</key> <true/>\r\n  <key>aa</key> <integer>1</integer>\r\n</dict>\r\n"
    );
    let sorted = "<dict>\r\n  <key>a</key> <true/> <!-- of a -->\r\n  <key>c</key> <true/>\r\n</dict>\r\n";
    assert_eq!(
        changed(sorted, edits([("b", int(1))])),
        "<dict>\r\n  <key>a</key> <true/> <!-- of a -->\r\n  <key>b</key> <integer>1</integer>\r\n  <key>c</key> <true/>\r\n</dict>\r\n"
    );
    assert_eq!(
        changed("<dict><key>a</key><true/></dict>", edits([("b", int(1))])),
        "<dict><key>a</key><true/><key>b</key><integer>1</integer></dict>"
    );
}

#[test]
fn new_dictionaries_are_made_on_the_way() {
    let new = changed(MAIL, edits([("New/Sub/x", int(1)), ("New/y", Edit::Put(Raw::Bytes(vec![7; 60])))]));
    let lines = "\t<key>New</key>\n\t<dict>\n\t\t<key>Sub</key>\n\t\t<dict>\n\t\t\t<key>x</key>\n\t\t\t<integer>1</integer>\n\t\t</dict>\n\t\t<key>y</key>\n\t\t<data>\n\t\tBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\n\t\tBwcHBwcHBwcH\n\t\t</data>\n\t</dict>\n";
    assert_eq!(new, MAIL.replace("</dict>\n</plist>", &format!("{lines}</dict>\n</plist>")));
    assert_eq!(
        changed("<dict>\n\t<key>d</key>\n\t<dict/>\n</dict>", edits([("d/x", int(1))])),
        "<dict>\n\t<key>d</key>\n\t<dict>\n\t\t<key>x</key>\n\t\t<integer>1</integer>\n\t</dict>\n</dict>"
    );
    assert_eq!(
        changed("<plist>\n<dict>\n</dict>\n</plist>", edits([("x", int(1))])),
        "<plist>\n<dict>\n\t<key>x</key>\n\t<integer>1</integer>\n</dict>\n</plist>"
    );
    let id = "MailAccounts/uniqueId=5";
    let array = changed("<plist>\n<dict>\n</dict>\n</plist>", [(Key::raw(id).child("uniqueId"), text("5"))].into());
    assert!(array.contains("<key>MailAccounts</key>\n\t<array>\n\t\t<dict>\n\t\t\t<key>uniqueId"), "{array}");
}

#[test]
fn what_goes_takes_its_lines_along() {
    let path = "MailAccounts/AccountPath=~0~1Library~1Mail~1POP-a@b";
    let ssl = edits([(&*format!("{path}/SSLEnabled"), Edit::Remove)]);
    assert_eq!(changed(MAIL, ssl), MAIL.replace("\t\t\t<key>SSLEnabled</key>\n\t\t\t<true/>\n", ""));
    assert_eq!(
        changed("<dict> <key>a</key> <true/> <key>b</key> <true/> </dict>", edits([("a", Edit::Remove)])),
        "<dict> <key>b</key> <true/> </dict>"
    );
    assert_eq!(changed("<array> <true/> <false/> </array>", edits([("1", Edit::Remove)])), "<array> <true/> </array>");
    assert!(
        refused(MAIL, edits([(&*format!("{path}/SSLEnabled"), Edit::Remove), (&*format!("{path}/AccountPath"), Edit::Remove)]))
            .contains("something to stay")
    );
    let empty = edits([("MailAccounts", Edit::Put(Raw::Other { tag: ARRAY, bytes: vec![] })), (path, Edit::Remove)]);
    assert!(changed(MAIL, empty).contains("<key>MailAccounts</key>\n\t<array/>\n"));
}

#[test]
fn an_entry_is_copied_as_it_stands() {
    let new = changed(
        MAIL,
        edits([
            ("DeliveryAccounts/uniqueId=8", Edit::CopyOf(Key::raw("DeliveryAccounts/uniqueId=7"))),
            ("DeliveryAccounts/uniqueId=8/uniqueId", text("8")),
            ("DeliveryAccounts/uniqueId=8/Hostname", text("new.example")),
            ("DeliveryAccounts/uniqueId=8/PortNumber", Edit::Remove),
        ]),
    );
    let copy = "\n\t\t<dict>\n\t\t\t<key>Hostname</key>\n\t\t\t<string>new.example</string>\n\t\t\t<key>uniqueId</key>\n\t\t\t<string>8</string>\n\t\t</dict>";
    assert_eq!(new, MAIL.replacen("</dict>\n\t</array>", &format!("</dict>{copy}\n\t</array>"), 1));
}

#[test]
fn every_encoding_stays_what_it_is() {
    let body = "<dict>\r\n  <key>\u{f6}</key><string>\u{1f600}</string>\r\n  <key>b</key><true/>\r\n</dict>\r\n";
    for big in [true, false] {
        let utf16 = |text: &str| -> Vec<u8> {
            text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        let with_mark = utf16(&format!("\u{feff}{body}"));
        let put = edits([("b", text("\u{1f600}<")), ("\u{f6}", text("x"))]);
        let wanted = body.replace("\u{1f600}", "x").replace("<true/>", "<string>\u{1f600}&lt;</string>");
        assert_eq!(edited(with_mark, put.clone()), utf16(&format!("\u{feff}{wanted}")));
        assert_eq!(edited(utf16(body), put), utf16(&wanted));
    }
    let marked = format!("\u{feff}{body}");
    assert_eq!(changed(&marked, edits([("b", int(1))])), marked.replace("<true/>", "<integer>1</integer>"));
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><dict><key>\xF6</key><true/></dict>";
    assert_eq!(read(latin), "\u{f6}=true");
    assert_eq!(
        edited(latin, edits([("\u{f6}", text("\u{e4}\u{1f600}"))])),
        b"<?xml version='1.0' encoding='ISO-8859-1'?><dict><key>\xF6</key><string>&#228;&#128512;</string></dict>"
    );
    assert_eq!(
        edited(b"<dict><key>a</key><string>\xF6</string><key>b</key><true/></dict>", edits([("b", int(1))])),
        b"<dict><key>a</key><string>\xF6</string><key>b</key><integer>1</integer></dict>"
    );
    assert_eq!(
        unopened("<?xml version='1.0' encoding='Shift_JIS'?><dict/>"),
        "line 1: expected text in the declared encoding \"Shift_JIS\", found other bytes"
    );
}

#[test]
fn what_is_no_property_list_is_refused_with_its_line() {
    assert_eq!(unopened("<plist>\n<dict>\n<key>a</key>\n</dict></plist>"), "line 4: expected a value, found \"</dict\"");
    assert_eq!(unopened("<dict><true/></dict>"), "line 1: expected a key, found \"<true/\"");
    assert_eq!(unopened("<plist><dict></plist>"), "line 1: expected \"</dict>\", found \"</plist\"");
    assert_eq!(unopened("<plist><true/><true/></plist>"), "line 1: expected \"</plist>\", found \"<true/\"");
    assert_eq!(unopened("<plist><set/></plist>"), "line 1: expected a value, found \"<set/\"");
    assert_eq!(unopened("<dict/> x"), "line 1: expected the end of the file, found text");
    assert_eq!(unopened("<dict><!-- "), "line 1: expected \"-->\" at the end of a comment, found none");
    assert_eq!(unopened(format!("<plist>{}", "<array>".repeat(100_000))), "line 1: expected at most 512 levels, found more");
    assert!(open(format!("<plist>{}{}</plist>", "<array>".repeat(512), "</array>".repeat(512)).as_bytes()).is_ok());
    let long = "k".repeat(1000);
    let deep = format!("<dict><key>{long}</key>").repeat(200) + "<dict/>" + &"</dict>".repeat(200);
    assert!(open(deep.as_bytes()).is_ok());
    let wide = format!("<dict><key>{long}</key>").repeat(500)
        + "<array>"
        + &"<true/>".repeat(1000)
        + "</array>"
        + &"</dict>".repeat(500);
    assert_eq!(unopened(wide), "expected at most 64 MiB of keys and values, found more");
}

#[test]
fn the_law_holds_for_thousands_of_edits() {
    let utf16: Vec<u8> =
        "\u{feff}<dict>\n <key>a</key>\n <string>\u{1f600}</string>\n</dict>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let seeds: [&[u8]; 5] = [
        MAIL.as_bytes(),
        b"<plist><dict><key>a</key><dict/><key>c</key><array><true/><string>x</string></array></dict></plist>",
        b"<dict>\r\n  <key>b</key> <true/> <!-- of b -->\r\n  <key>a</key> <![CDATA[x]]><data>AA==</data>\r\n</dict>\r\n",
        b"<dict><key>a</key><string>&lt;<![CDATA[x]]></string><key>a</key><real>1</real></dict>",
        &utf16,
    ];
    let pieces: [&[u8]; 14] = [
        b"",
        b"<",
        b"/",
        b">",
        b"&",
        b"<key>a</key>",
        b"<true/>",
        b"<dict>",
        b"</dict>",
        b"\n",
        b"\xF6",
        b"<!-- -->",
        b"<array/>",
        b"\0",
    ];
    let keys = [
        "a",
        "b/n",
        "a/x",
        "MailAccounts/uniqueId=1",
        "MailAccounts/uniqueId=1/uniqueId",
        "c/2",
        "c/10",
        "x~1y",
        "DeliveryAccounts",
    ];
    let raws = [
        Raw::Int(7),
        Raw::text("x"),
        Raw::text("1"),
        Raw::text("\"\n\u{f6}]]>\r&"),
        Raw::Bool(false),
        Raw::Bytes(vec![1, 2]),
        Raw::Other { tag: DICT, bytes: vec![] },
        Raw::Other { tag: ARRAY, bytes: vec![] },
    ];
    let rendered = check_many(open, &seeds, &pieces, &keys, &raws, 30_000);
    assert!(rendered > 4_000, "{rendered}");
}
