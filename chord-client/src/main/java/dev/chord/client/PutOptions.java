package dev.chord.client;

import dev.chord.core.placement.Spread;
import dev.chord.core.version.Version;
import java.time.Duration;
import java.util.Optional;

/**
 * How a file is to be kept.
 *
 * @param copies of each block; 0: the ring's usual number. Repair keeps to it as long as the name stands for
 *     the file
 * @param keep how long the name lives; empty: until it is removed
 * @param spread what the copies must not have in common; where that cannot be, the file is not named
 * @param expected the version of the name that is to be replaced; {@link Version#NONE}: none; empty: any
 */
public record PutOptions(int copies, Optional<Duration> keep, Spread spread, Optional<Version> expected) {
    public static final PutOptions DEFAULT = new PutOptions(0, Optional.empty(), Spread.PROCESS, Optional.empty());

    public PutOptions withCopies(int number) {
        return new PutOptions(number, keep, spread, expected);
    }

    public PutOptions withKeep(Duration time) {
        return new PutOptions(copies, Optional.of(time), spread, expected);
    }

    public PutOptions withSpread(Spread wanted) {
        return new PutOptions(copies, keep, wanted, expected);
    }

    public PutOptions onlyIf(Version version) {
        return new PutOptions(copies, keep, spread, Optional.of(version));
    }
}
