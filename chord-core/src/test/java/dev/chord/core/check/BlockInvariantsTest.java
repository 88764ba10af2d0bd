package dev.chord.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.check.BlockInvariants.Named;
import dev.chord.core.id.Identifier;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BlockInvariantsTest {
    private static final Identifier MANIFEST = Identifier.of(1);
    private static final Identifier CHUNK = Identifier.of(3);
    private static final Named FILE = new Named(Identifier.of(2), List.of(MANIFEST, CHUNK));

    @Test
    void holdsWhereEachBlockIsOnAnyDisk() {
        assertThat(BlockInvariants.namedBlocksExist(List.of(FILE), List.of(Set.of(MANIFEST), Set.of(CHUNK))))
                .isEmpty();
        assertThat(BlockInvariants.namedBlocksExist(List.of(new Named(Identifier.of(4), List.of())), List.of()))
                .isEmpty();
    }

    @Test
    void aBlockOfANameThatIsOnNoDiskIsLost() {
        assertThat(BlockInvariants.namedBlocksExist(List.of(FILE), List.of(Set.of(MANIFEST), Set.of(MANIFEST))))
                .hasValueSatisfying(v -> assertThat(v.invariant()).isEqualTo("NamedBlocksExist"));
        assertThat(BlockInvariants.namedBlocksExist(List.of(FILE), List.of(Set.of(CHUNK))))
                .isPresent();
    }
}
