package dev.chord.core.records;

import static dev.chord.core.records.ManualHost.ARC;
import static dev.chord.core.records.ManualHost.SECOND;
import static dev.chord.core.records.ManualHost.peer;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.protocol.Command;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** An owner whose acquaintances have never heard who kept its arc before. */
class HolderSearchTest {
    private final ManualHost host = new ManualHost();
    private final RecordEngine engine = host.engine(true);

    private void keepUp() {
        engine.keepUp(all -> {});
        for (long acquaintance : new long[] {40, 50, 60, 20}) {
            answer(peer(acquaintance), 0, Claim.NONE);
        }
    }

    private void answer(Peer from, long epoch, Claim claim) {
        ManualHost.Sent<Question.Promised> asked =
                host.asked(from, Question.Promise.class).orElseThrow();
        assertThat(asked.question()).isEqualTo(new Question.Promise(List.of(ARC), epoch));
        asked.answer(new Question.Promised(epoch > 0, List.of(new ArcMap.Piece<>(ARC, claim)), Map.of(), 0));
    }

    private Identifier lookedUp() {
        return ((Command.FindSuccessor) host.commands.get(host.commands.size() - 1)).key();
    }

    @Test
    void theRingIsAskedBeyondTheAcquaintancesUntilSomebodyKnowsAndThenTheHoldersAre() {
        keepUp();
        assertThat(lookedUp()).as("beyond the last successor").isEqualTo(Identifier.of(21));
        host.found(peer(100), peer(110));
        answer(peer(100), 0, Claim.NONE);
        answer(peer(110), 0, Claim.NONE);
        host.advance(20 * SECOND);
        keepUp();
        assertThat(lookedUp()).as("where the last try ended").isEqualTo(Identifier.of(111));
        host.found(peer(120));
        answer(peer(120), 0, Claim.NONE.establish(ManualHost.tenure(5, 130, 140, 150)));
        host.advance(SECOND);
        for (long holder : new long[] {130, 140, 150}) {
            answer(peer(holder), 6, Claim.NONE.establish(ManualHost.tenure(5, 130, 140, 150)));
        }
    }

    @Test
    void aStretchThatCannotBeFoundIsLookedForAgain() {
        keepUp();
        host.found();
        host.advance(20 * SECOND);
        keepUp();
        assertThat(lookedUp()).isEqualTo(Identifier.of(21));
    }

    @Test
    void nobodyIsLookedForWhereTheAcquaintancesKnow() {
        engine.keepUp(all -> {});
        answer(peer(50), 0, Claim.NONE.establish(ManualHost.tenure(5, 30, 50, 60)));
        host.advance(SECOND);
        assertThat(host.commands).isEmpty();
    }
}
