package dev.chord.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.ring.Peer;

/** What every state of a member satisfies, whatever happened to it. */
final class WellFormed {
    private WellFormed() {}

    static void check(NodeState state) {
        Identifier self = state.self().id();
        Identifier last = self;
        for (Peer entry : state.view().successors().entries()) {
            assertThat(Arc.strictlyBetween(last, entry.id(), self))
                    .as("successors of %s in order: %s", self, state.view().successors())
                    .isTrue();
            last = entry.id();
        }
        assertThat(state.view().predecessor().map(Peer::id))
                .as("predecessor")
                .isNotEqualTo(java.util.Optional.of(self));
        assertThat(state.view().fingers().peers().stream().map(Peer::id)).doesNotContain(self);
        state.ownership().settled().ifPresent(arc -> assertThat(arc.to()).isEqualTo(self));
        if (state.phase() == Phase.ISOLATED) {
            assertThat(state.ownership().settled()).as("isolated owns nothing").isEmpty();
        }
        if (state.phase() == Phase.OUTSIDE) {
            assertThat(state.ownership().settled()).as("outsiders own nothing").isEmpty();
        }
    }
}
