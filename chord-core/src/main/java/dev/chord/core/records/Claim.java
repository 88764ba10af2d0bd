package dev.chord.core.records;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What one process has promised and knows of the tenure of an arc.
 *
 * @param promised nothing of an older epoch is served here
 * @param established the newest tenure known to be agreed on
 * @param proposed those after it of which it is not known: each of them may have been agreed on, also one
 *     that another followed
 */
public record Claim(long promised, Optional<Tenure> established, List<Tenure> proposed) {
    public static final Claim NONE = new Claim(0, Optional.empty(), List.of());

    public Claim promise(long epoch) {
        return new Claim(Math.max(promised, epoch), established, proposed);
    }

    public Claim propose(Tenure tenure) {
        List<Tenure> all = new ArrayList<>(proposed);
        all.removeIf(
                earlier -> earlier.holders().equals(tenure.holders())); // whoever asks for the later one asks the same
        all.add(tenure);
        return new Claim(Math.max(promised, tenure.epoch()), established, List.copyOf(all));
    }

    /** Nothing changes if a newer one is known. */
    public Claim establish(Tenure tenure) {
        boolean old = established.map(t -> t.epoch() > tenure.epoch()).orElse(false);
        return old
                ? this
                : new Claim(
                        Math.max(promised, tenure.epoch()),
                        Optional.of(tenure),
                        proposed.stream()
                                .filter(t -> t.epoch() > tenure.epoch())
                                .toList());
    }

    /** The largest epoch that is told of here. */
    public long epoch() {
        return Math.max(promised, established.map(Tenure::epoch).orElse(0L));
    }
}
