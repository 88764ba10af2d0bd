package dev.chord.core.id;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * A point on the identifier circle: an unsigned 256-bit number (SIGCOMM 2001, section 4.1; SHA-256 in place
 * of SHA-1).
 *
 * <p>A value: equal numbers are equal, the natural order is the unsigned one. Identifiers of a smaller circle
 * are the numbers below 2^m; see {@link IdentifierCircle}.
 */
public final class Identifier implements Comparable<Identifier> {
    /** Length of the byte form. */
    public static final int BYTES = 32;

    /** The number 0. */
    public static final Identifier ZERO = new Identifier(0, 0, 0, 0);

    private static final int WORDS = 4;

    // most significant word first
    private final long w0;
    private final long w1;
    private final long w2;
    private final long w3;

    private Identifier(long w0, long w1, long w2, long w3) {
        this.w0 = w0;
        this.w1 = w1;
        this.w2 = w2;
        this.w3 = w3;
    }

    /** The identifier of a small number, read as unsigned. */
    public static Identifier of(long value) {
        return new Identifier(0, 0, 0, value);
    }

    /**
     * Reads 32 big-endian bytes.
     *
     * @throws IllegalArgumentException if there are not exactly 32
     */
    public static Identifier ofBytes(byte[] bytes) {
        if (bytes.length != BYTES) {
            throw new IllegalArgumentException("an identifier has " + BYTES + " bytes, not " + bytes.length);
        }
        long[] words = new long[WORDS];
        for (int i = 0; i < BYTES; i++) {
            words[i / Long.BYTES] = words[i / Long.BYTES] << 8 | (bytes[i] & 0xff);
        }
        return new Identifier(words[0], words[1], words[2], words[3]);
    }

    /**
     * Reads 64 hexadecimal digits.
     *
     * @throws IllegalArgumentException if the text is anything else
     */
    public static Identifier ofHex(String hex) {
        if (hex.length() != 2 * BYTES) {
            throw new IllegalArgumentException("an identifier has " + 2 * BYTES + " hex digits, not " + hex.length());
        }
        return ofBytes(HexFormat.of().parseHex(hex));
    }

    /** SHA-256 of the bytes: where they live on the circle. */
    public static Identifier sha256(byte[] bytes) {
        return sha256(ByteBuffer.wrap(bytes));
    }

    /** SHA-256 of what remains in the buffer, which is left as it was. */
    public static Identifier sha256(ByteBuffer bytes) {
        return sha256(List.of(bytes));
    }

    /** SHA-256 of what remains in the buffers, one after the other; they are left as they were. */
    public static Identifier sha256(List<ByteBuffer> parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (ByteBuffer part : parts) {
                digest.update(part.duplicate());
            }
            return ofBytes(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** The 32 big-endian bytes. */
    public byte[] toBytes() {
        byte[] bytes = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            bytes[i] = (byte) (word(i / Long.BYTES) >>> (56 - 8 * (i % Long.BYTES)));
        }
        return bytes;
    }

    /** The last 64 bits. */
    public long lowBits() {
        return w3;
    }

    /** The 64 hexadecimal digits. */
    public String toHex() {
        return HexFormat.of().formatHex(toBytes());
    }

    /** The first ten digits: enough for people to tell members apart. */
    public String abbreviated() {
        String hex = toHex();
        return w0 == 0 && w1 == 0 && w2 == 0 ? Long.toUnsignedString(w3) : hex.substring(0, 10);
    }

    /** The sum modulo 2^256. */
    Identifier plus(Identifier other) {
        long r3 = w3 + other.w3;
        long r2 = w2 + other.w2;
        long r1 = w1 + other.w1;
        long r0 = w0 + other.w0;
        // Each carry is added after the words: a word that overflowed has room for one more, so it carries
        // only once.
        long c3 = below(r3, w3);
        long c2 = below(r2, w2) | below(r2 + c3, r2);
        long c1 = below(r1, w1) | below(r1 + c2, r1);
        return new Identifier(r0 + c1, r1 + c2, r2 + c3, r3);
    }

    /** The difference modulo 2^256. */
    Identifier minus(Identifier other) {
        long r3 = w3 - other.w3;
        long r2 = w2 - other.w2;
        long r1 = w1 - other.w1;
        long r0 = w0 - other.w0;
        // As in a sum, a word borrows only once.
        long b3 = below(w3, other.w3);
        long b2 = below(w2, other.w2) | below(r2, b3);
        long b1 = below(w1, other.w1) | below(r1, b2);
        return new Identifier(r0 - b1, r1 - b2, r2 - b3, r3);
    }

    /** The lowest {@code bits} bits, the others cleared. */
    Identifier lowest(int bits) {
        if (bits == BYTES * Byte.SIZE) {
            return this;
        }
        return new Identifier(w0 & mask(bits - 192), w1 & mask(bits - 128), w2 & mask(bits - 64), w3 & mask(bits));
    }

    /** Binary digits without leading zeros: 0 for 0. */
    int bitLength() {
        for (int i = 0; i < WORDS; i++) {
            if (word(i) != 0) {
                return Long.SIZE * (WORDS - i) - Long.numberOfLeadingZeros(word(i));
            }
        }
        return 0;
    }

    /** Whether the binary digit that counts 2^place is set. */
    boolean bit(int place) {
        return (word(WORDS - 1 - place / Long.SIZE) >>> place % Long.SIZE & 1) == 1;
    }

    static Identifier powerOfTwo(int exponent) {
        long bit = 1L << (exponent % Long.SIZE);
        return switch (exponent / Long.SIZE) {
            case 0 -> new Identifier(0, 0, 0, bit);
            case 1 -> new Identifier(0, 0, bit, 0);
            case 2 -> new Identifier(0, bit, 0, 0);
            default -> new Identifier(bit, 0, 0, 0);
        };
    }

    /** The value as a fraction of 2^256, for pictures and estimates only. */
    public double fraction() {
        return ((w0 >>> 11) + 0.0) / (1L << 53);
    }

    private static long mask(int bits) {
        if (bits <= 0) {
            return 0;
        }
        return bits >= Long.SIZE ? -1L : (1L << bits) - 1;
    }

    private static long below(long a, long b) {
        return Long.compareUnsigned(a, b) < 0 ? 1 : 0;
    }

    private long word(int index) {
        return switch (index) {
            case 0 -> w0;
            case 1 -> w1;
            case 2 -> w2;
            default -> w3;
        };
    }

    @Override
    public int compareTo(Identifier other) {
        int c = Long.compareUnsigned(w0, other.w0);
        c = c != 0 ? c : Long.compareUnsigned(w1, other.w1);
        c = c != 0 ? c : Long.compareUnsigned(w2, other.w2);
        return c != 0 ? c : Long.compareUnsigned(w3, other.w3);
    }

    @Override
    public boolean equals(Object o) {
        return this == o
                || o instanceof Identifier other
                        && w0 == other.w0
                        && w1 == other.w1
                        && w2 == other.w2
                        && w3 == other.w3;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(w0 ^ w3) * 31 + Long.hashCode(w1 ^ w2);
    }

    @Override
    public String toString() {
        return abbreviated();
    }
}
