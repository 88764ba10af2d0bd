package dev.chord.client;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * How much of the ring an answer rests on.
 *
 * @param fraction of the circle whose owners answered, 0 to 1
 * @param answered the arcs that did
 * @param missing the arcs whose owners did not answer, in ring order
 * @param silent members that did not, and why
 * @param effort what it took
 */
public record Coverage(double fraction, List<Arc> answered, List<Arc> missing, List<String> silent, Effort effort) {
    private static final BigInteger CIRCLE = BigInteger.ONE.shiftLeft(8 * Identifier.BYTES);

    /**
     * What an answer took.
     *
     * @param asked members that answered
     * @param depth answers, one after the other, that led to the farthest of them
     */
    public record Effort(int asked, int depth) {}

    /** A piece of the circle cut open at some point: (from, to], 0 &lt;= from &lt; to &lt;= CIRCLE. */
    private record Piece(BigInteger from, BigInteger to) {}

    /** Everything. */
    public boolean complete() {
        return missing.isEmpty();
    }

    /**
     * What an answer rests on that is made of two, each about a part of the names: where both were answered.
     */
    public Coverage and(Coverage other) {
        Effort both = new Effort(
                Math.max(effort.asked(), other.effort().asked()),
                Math.max(effort.depth(), other.effort().depth()));
        List<String> silentInOne = Stream.concat(silent.stream(), other.silent().stream())
                .distinct()
                .toList();
        List<Arc> gaps =
                Stream.concat(missing.stream(), other.missing().stream()).toList();
        if (gaps.isEmpty()) {
            return new Coverage(1.0, answered, List.of(), silentInOne, both);
        }
        Coverage outside = of(gaps, List.of(), both); // what the gaps leave uncovered is what was answered
        return of(outside.missing(), silentInOne, both);
    }

    /** What these arcs, which may overlap, leave uncovered. */
    public static Coverage of(List<Arc> answered, List<String> silent, Effort effort) {
        List<Arc> distinct = answered.stream().distinct().toList();
        List<Arc> missing = missing(distinct);
        double fraction = missing.isEmpty()
                ? 1.0
                : Math.max(0, 1 - missing.stream().mapToDouble(Arc::share).sum());
        return new Coverage(fraction, distinct, missing, List.copyOf(silent), effort);
    }

    // Arcs may overlap when they were answered for at different times.
    private static List<Arc> missing(List<Arc> answered) {
        if (answered.isEmpty()) {
            return List.of(new Arc(Identifier.ZERO, Identifier.ZERO));
        }
        BigInteger start = number(answered.get(0).from());
        List<Piece> pieces = new ArrayList<>();
        for (Arc arc : answered) {
            BigInteger from = number(arc.from()).subtract(start).mod(CIRCLE);
            BigInteger length = number(arc.to()).subtract(number(arc.from())).mod(CIRCLE);
            BigInteger to = from.add(length.signum() == 0 ? CIRCLE : length);
            pieces.add(new Piece(from, to.min(CIRCLE)));
            if (to.compareTo(CIRCLE) > 0) {
                pieces.add(new Piece(BigInteger.ZERO, to.subtract(CIRCLE)));
            }
        }
        pieces.sort(Comparator.comparing(Piece::from));
        List<Arc> gaps = new ArrayList<>();
        BigInteger reached = BigInteger.ZERO;
        for (Piece piece : pieces) {
            if (piece.from().compareTo(reached) > 0) {
                gaps.add(new Arc(point(start.add(reached)), point(start.add(piece.from()))));
            }
            reached = reached.max(piece.to());
        }
        if (reached.compareTo(CIRCLE) < 0) {
            gaps.add(new Arc(point(start.add(reached)), point(start)));
        }
        return List.copyOf(gaps);
    }

    private static BigInteger number(Identifier id) {
        return new BigInteger(1, id.toBytes());
    }

    private static Identifier point(BigInteger number) {
        byte[] bytes = number.mod(CIRCLE).toByteArray();
        byte[] whole = new byte[Identifier.BYTES];
        int size = Math.min(bytes.length, whole.length); // a leading zero more is the sign
        System.arraycopy(bytes, bytes.length - size, whole, whole.length - size, size);
        return Identifier.ofBytes(whole);
    }
}
