//! Pixels as a PNG file: the three chunks that every reader knows, of which `flate2` and `crc32fast` do the work. No palette,
//! no transparency and nothing beside the pixels.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Pixels as PNG: red, green and blue of each, row after row.
pub(crate) fn encode(width: u32, pixels: &[u8]) -> Vec<u8> {
    let rows = pixels.chunks_exact(3 * width as usize);
    let mut head = [width, rows.len() as u32].map(u32::to_be_bytes).concat();
    // Eight bits of three colors, deflated, with a filter for each row, not interlaced.
    head.extend([8, 2, 0, 0, 0]);
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    for row in rows {
        // Filter 0: the row as it is. In flat colors the others gain nothing.
        let written = packed.write_all(&[0]).and_then(|()| packed.write_all(row));
        written.expect("a vector takes all bytes");
    }
    let packed = packed.finish().expect("a vector takes all bytes");
    let mut file = SIGNATURE.to_vec();
    for (kind, content) in [(b"IHDR", head), (b"IDAT", packed), (b"IEND", Vec::new())] {
        push_chunk(&mut file, kind, &content);
    }
    file
}

fn push_chunk(file: &mut Vec<u8>, kind: &[u8; 4], content: &[u8]) {
    file.extend((content.len() as u32).to_be_bytes());
    let begin = file.len();
    file.extend(kind);
    file.extend(content);
    let sum = crc32fast::hash(&file[begin..]);
    file.extend(sum.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::ZlibDecoder;
    use std::io::Read as _;

    #[test]
    fn a_file_is_what_the_specification_says() {
        let file = encode(2, &[255, 0, 0, 0, 255, 0, 0, 0, 255, 1, 2, 3]);
        // The whole of it but the packed pixels, byte for byte as Python's zlib.crc32 and struct have it.
        let head =
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x02\0\0\0\x02\x08\x02\0\0\0\xfd\xd4\x9a\x73";
        assert!(file.starts_with(head), "{file:x?}");
        let end = b"\0\0\0\0IEND\xae\x42\x60\x82";
        assert!(file.ends_with(end), "{file:x?}");
        let chunk = &file[head.len()..file.len() - end.len()];
        let length = u32::from_be_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]) as usize;
        assert_eq!((chunk.len(), &chunk[4..8]), (length + 12, &b"IDAT"[..]));
        let mut rows = Vec::new();
        let mut packed = ZlibDecoder::new(&chunk[8..8 + length]);
        packed.read_to_end(&mut rows).unwrap();
        assert_eq!(rows, [0, 255, 0, 0, 0, 255, 0, 0, 0, 0, 255, 1, 2, 3]);
    }
}
