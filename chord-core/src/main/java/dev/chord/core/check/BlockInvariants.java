package dev.chord.core.check;

import dev.chord.core.check.RingInvariants.Violation;
import dev.chord.core.id.Identifier;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/**
 * What must hold of blocks. Let disks be the sets of blocks that disks have, names the name records that any
 * disk has and that no newer version has replaced, and needs(n) the blocks of what a name stands for: what
 * lists them, and what it lists.
 *
 * <pre>
 * NamedBlocksExist   for all n in names, for all b in needs(n): there is a d in disks with b in d
 * </pre>
 */
public final class BlockInvariants {
    private BlockInvariants() {}

    /**
     * A name and what is reachable from it.
     *
     * @param needs empty: it stands for nothing, or is deleted
     */
    public record Named(Identifier name, Collection<Identifier> needs) {}

    /** Whatever a name needs is there. */
    public static Optional<Violation> namedBlocksExist(
            Collection<Named> names, Collection<? extends Set<Identifier>> disks) {
        for (Named named : names) {
            for (Identifier block : named.needs()) {
                if (disks.stream().noneMatch(disk -> disk.contains(block))) {
                    return Optional.of(new Violation(
                            "NamedBlocksExist", named.name() + " needs " + block + ", which is on no disk"));
                }
            }
        }
        return Optional.empty();
    }
}
