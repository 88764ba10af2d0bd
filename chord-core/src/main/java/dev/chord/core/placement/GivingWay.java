package dev.chord.core.placement;

import dev.chord.core.id.Identifier;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Which unfinished uploads a holder lets go of when somebody lacks room. An upload is unfinished until who
 * stores says, before it writes the name, that it needs the blocks; it hears then which of them are not there
 * any more. So nothing is lost by letting go of them before, and a block that anybody else has stored or
 * needs is not theirs alone. Pure; bytes, and time in one unit.
 */
public final class GivingWay {
    private GivingWay() {}

    /**
     * An unfinished upload, as one holder sees it.
     *
     * @param bytes of the blocks here that are its alone
     * @param idle for how long nothing came of it
     */
    public record Unfinished(Precedence who, long bytes, long idle) {}

    /**
     * Those that go so that so many bytes more fit: first who has not been heard of for longer than patience,
     * the longest first, then whoever has to give way to the one that lacks room, the last in order first.
     *
     * @param by who lacks room; it does not give way to itself
     * @return empty if all of them together would not be enough
     */
    public static List<Unfinished> choose(Collection<Unfinished> uploads, Precedence by, long wanted, long patience) {
        Comparator<Unfinished> silentFirst = Comparator.comparing(upload -> upload.idle() <= patience);
        List<Unfinished> candidates = new ArrayList<>(uploads);
        candidates.removeIf(upload -> upload.bytes() <= 0
                || isSame(upload.who(), by)
                || upload.idle() <= patience && !by.before(upload.who()));
        candidates.sort(silentFirst.thenComparing((one, other) -> one.idle() > patience
                ? Long.compare(other.idle(), one.idle())
                : other.who().compareTo(one.who())));
        List<Unfinished> chosen = new ArrayList<>();
        long freed = 0;
        for (Unfinished upload : candidates) {
            if (freed >= wanted) {
                break;
            }
            chosen.add(upload);
            freed += upload.bytes();
        }
        return freed >= wanted ? chosen : List.of();
    }

    private static boolean isSame(Precedence one, Precedence other) {
        return one.upload().equals(other.upload()) && !one.upload().equals(Identifier.ZERO);
    }
}
