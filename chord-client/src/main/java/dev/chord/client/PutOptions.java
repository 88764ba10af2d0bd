package dev.chord.client;

import dev.chord.core.version.Version;
import java.time.Duration;
import java.util.Optional;

/**
 * How a file is to be kept.
 *
 * @param copies of each block; 0: the ring's usual number. Repair keeps to it as long as the name stands for the file
 * @param keep how long the name lives; empty: until it is removed
 * @param expected the version of the name that is to be replaced; {@link Version#NONE}: none; empty: any
 */
public record PutOptions(int copies, Optional<Duration> keep, Optional<Version> expected) {
    public static final PutOptions DEFAULT = new PutOptions(0, Optional.empty(), Optional.empty());

    public PutOptions withCopies(int number) {
        return new PutOptions(number, keep, expected);
    }

    public PutOptions withKeep(Duration time) {
        return new PutOptions(copies, Optional.of(time), expected);
    }

    public PutOptions onlyIf(Version version) {
        return new PutOptions(copies, keep, Optional.of(version));
    }
}
