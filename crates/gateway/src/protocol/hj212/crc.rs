//! The checksum of HJ 212 (2017 text, Annex A): the polynomial of Modbus, but the register is shifted
//! by eight bits *before* the byte is mixed in, so that a Modbus routine gives other values.

/// The checksum over the bytes of a data segment.
pub fn crc(segment: &[u8]) -> u16 {
    let mut register: u16 = 0xFFFF;
    for byte in segment {
        register = (register >> 8) ^ u16::from(*byte);
        for _ in 0..8 {
            let low = register & 1;
            register >>= 1;
            if low == 1 {
                register ^= 0xA001;
            }
        }
    }
    register
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standards_own_example_gives_1c80() {
        let segment =
            b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&";
        assert_eq!(crc(segment), 0x1C80);
    }

    #[test]
    fn it_is_not_modbus() {
        // CRC-16/Modbus of "123456789" is 4B37.
        assert_ne!(crc(b"123456789"), 0x4B37);
        assert_eq!(crc(b""), 0xFFFF);
    }
}
