//! Which file systems are shared with other machines, where a free lock proves nothing.

use std::io;
use std::os::fd::AsFd;

/// The magic numbers that `statfs` gives for file systems behind a network or another program, with their names.
#[cfg(target_os = "linux")]
const NETWORK: &[(u32, &str)] = &[
    (0x0000_6969, "NFS"),
    (0x0000_517b, "SMB"),
    (0xff53_4d42, "SMB"),
    (0xfe53_4d42, "SMB"),
    (0x6573_5546, "FUSE"),
    (0x0102_1997, "9P"),
    (0x5346_414f, "AFS"),
    (0x6b41_4653, "AFS"),
    (0x7375_7245, "Coda"),
    (0x0000_564c, "NCP"),
    (0x00c3_6400, "Ceph"),
    (0x0bd0_0bd0, "Lustre"),
    (0x0116_1970, "GFS2"),
    (0x7461_636f, "OCFS2"),
    (0x4750_4653, "GPFS"),
    (0x1983_0326, "BeeGFS"),
    (0x786f_4256, "vboxsf"),
];

/// The name of the network file system that a file is on, if it is on one.
#[cfg(target_os = "linux")]
pub(crate) fn network(file: impl AsFd) -> io::Result<Option<&'static str>> {
    // The field's width differs between processors; the magic numbers have 32 bits on each.
    let kind = (rustix::fs::fstatfs(file)?.f_type as i64 & 0xffff_ffff) as u32;
    Ok(NETWORK.iter().find(|(magic, _)| *magic == kind).map(|(_, name)| *name))
}

/// The name of the network file system that a file is on, if it is on one.
#[cfg(not(target_os = "linux"))]
pub(crate) fn network(file: impl AsFd) -> io::Result<Option<&'static str>> {
    const LOCAL: u32 = 0x1000;
    let flags = rustix::fs::fstatfs(file)?.f_flags as u32;
    Ok((flags & LOCAL == 0).then_some("a network file system"))
}
