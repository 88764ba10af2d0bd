package dev.chord.core.placement;

import java.util.Optional;

/**
 * What one process has promised and knows of the tenure of an arc.
 *
 * @param promised nothing of an older epoch is served here
 * @param established the newest tenure known to be agreed on
 * @param proposed one that came after it and may have been agreed on
 */
public record Claim(long promised, Optional<Tenure> established, Optional<Tenure> proposed) {
    public static final Claim NONE = new Claim(0, Optional.empty(), Optional.empty());

    public Claim promise(long epoch) {
        return new Claim(Math.max(promised, epoch), established, proposed);
    }

    public Claim propose(Tenure tenure) {
        return new Claim(Math.max(promised, tenure.epoch()), established, Optional.of(tenure));
    }

    /** Nothing changes if a newer one is known. */
    public Claim establish(Tenure tenure) {
        boolean old = established.map(t -> t.epoch() > tenure.epoch()).orElse(false);
        return old
                ? this
                : new Claim(
                        Math.max(promised, tenure.epoch()),
                        Optional.of(tenure),
                        proposed.filter(t -> t.epoch() > tenure.epoch()));
    }

    /** The largest epoch that is told of here. */
    public long epoch() {
        return Math.max(promised, established.map(Tenure::epoch).orElse(0L));
    }
}
