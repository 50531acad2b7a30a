#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    waxseal_fuzz::check(
        waxseal::formats::accounts_db::open,
        data,
        &[
            "ZACCOUNT/A/ZUSERNAME",
            "ZACCOUNTPROPERTY/A/Hostname",
            "ZACCOUNTPROPERTY/A/New",
            "ZDATACLASSPROPERTIES/A/com.apple.Dataclass.Mail/New",
            "ZACCOUNTTYPE",
        ],
    );
});
