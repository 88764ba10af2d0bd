package dev.chord.core.id;

/**
 * The circle of identifiers modulo 2^bits (SIGCOMM 2001, section 4.1). Arithmetic lives here because only it depends on
 * the size of the circle; order on the circle ({@link Arc}) does not.
 *
 * @param bits 1 to 256; production uses 256, tests and the papers' figures use small ones
 */
public record IdentifierCircle(int bits) {
    /** The circle that real rings live on. */
    public static final IdentifierCircle FULL = new IdentifierCircle(256);

    public IdentifierCircle {
        if (bits < 1 || bits > 256) {
            throw new IllegalArgumentException("a circle has 1 to 256 bits, not " + bits);
        }
    }

    /** How far clockwise it is from one point to the other: 0 if they are the same. */
    public Identifier distance(Identifier from, Identifier to) {
        return to.minus(from).lowest(bits);
    }

    /**
     * finger[i].start = n + 2^i (SIGCOMM 2001, table 1, counted from 0).
     *
     * @param i 0 to bits - 1
     */
    public Identifier fingerStart(Identifier n, int i) {
        if (i < 0 || i >= bits) {
            throw new IllegalArgumentException("finger " + i + " of " + bits);
        }
        return n.plus(Identifier.powerOfTwo(i)).lowest(bits);
    }

    /**
     * The last finger from {@code first} on whose start, and that of every finger before it, lies in an arc that begins at
     * n: the length of the arc has as many binary digits.
     */
    public int lastFingerWithin(Identifier n, Arc arc, int first) {
        int length = distance(n, arc.to()).bitLength();
        return Math.max(first, Math.min(length, bits) - 1);
    }

    /** Whether this is a point of this circle. */
    public boolean contains(Identifier id) {
        return id.lowest(bits).equals(id);
    }
}
