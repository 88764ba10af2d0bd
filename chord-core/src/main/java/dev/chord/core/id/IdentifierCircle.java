package dev.chord.core.id;

/**
 * The circle of identifiers modulo 2^bits (SIGCOMM 2001, section 4.1). Arithmetic lives here because only it
 * depends on the size of the circle; order on the circle ({@link Arc}) does not.
 *
 * @param bits 1 to 256; production uses 256, tests and the papers' figures use small ones
 * @param digit how many binary digits of a distance one finger settles, 1 to 8: 1 is Chord's table; more make
 *     it larger and ways shorter (Ratnasamy, Stoica, Shenker: Routing algorithms for DHTs, IPTPS 2002,
 *     compare such bases)
 */
public record IdentifierCircle(int bits, int digit) {
    /** The circle that real rings live on. */
    public static final IdentifierCircle FULL = new IdentifierCircle(256);

    public IdentifierCircle {
        if (bits < 1 || bits > 256) {
            throw new IllegalArgumentException("a circle has 1 to 256 bits, not " + bits);
        }
        if (digit < 1 || digit > 8) {
            throw new IllegalArgumentException("a finger settles 1 to 8 binary digits, not " + digit);
        }
    }

    /** With the papers' finger table. */
    public IdentifierCircle(int bits) {
        this(bits, 1);
    }

    /** The same circle with another finger table. */
    public IdentifierCircle withDigit(int next) {
        return new IdentifierCircle(bits, next);
    }

    /** How far clockwise it is from one point to the other: 0 if they are the same. */
    public Identifier distance(Identifier from, Identifier to) {
        return to.minus(from).lowest(bits);
    }

    /** A distance as a part of the whole circle, 0 to 1, for estimates only. */
    public double fraction(Identifier distance) {
        return bits < Long.SIZE
                ? Math.scalb((double) distance.lowBits(), -bits)
                : Math.scalb(distance.fraction(), 256 - bits);
    }

    /** How many fingers a member has, those that are the same member counted each. */
    public int fingers() {
        return bits / digit * perDigit() + lowest();
    }

    private int perDigit() {
        return (1 << digit) - 1;
    }

    // Digits are counted from the top, for the large distances are those that matter: the lowest one may be a
    // short one.
    private int lowest() {
        return (1 << bits % digit) - 1;
    }

    /**
     * finger[i].start = n + 2^i (SIGCOMM 2001, table 1, counted from 0); with digits of d binary digits, n +
     * j * 2^(bits - d * k), where j is from 1 to 2^d - 1 and the starts rise with i.
     *
     * @param i 0 to {@link #fingers} - 1
     */
    public Identifier fingerStart(Identifier n, int i) {
        if (i < 0 || i >= fingers()) {
            throw new IllegalArgumentException("finger " + i + " of " + fingers());
        }
        int above = i - lowest();
        int factor = above < 0 ? i + 1 : above % perDigit() + 1;
        int place = above < 0 ? 0 : bits % digit + above / perDigit() * digit;
        Identifier start = n;
        for (; factor > 0; factor >>= 1) {
            start = (factor & 1) == 1 ? start.plus(Identifier.powerOfTwo(place)) : start;
            place++;
        }
        return start.lowest(bits);
    }

    /**
     * The last finger from {@code first} on whose start, and that of every finger before it, lies in an arc
     * that begins at n: its digit is the first one of the arc's length.
     */
    public int lastFingerWithin(Identifier n, Arc arc, int first) {
        Identifier rest = distance(n, arc.to());
        int length = rest.bitLength();
        if (length == 0) {
            return first;
        }
        int above = length - 1 - bits % digit;
        int place = above < 0 ? 0 : bits % digit + above / digit * digit;
        int before = above < 0 ? 0 : lowest() + above / digit * perDigit();
        int factor = 0;
        for (int at = length - 1; at >= place; at--) {
            factor = 2 * factor + (rest.bit(at) ? 1 : 0);
        }
        return Math.max(first, before + factor - 1);
    }

    /** Whether this is a point of this circle. */
    public boolean contains(Identifier id) {
        return id.lowest(bits).equals(id);
    }
}
