package dev.chord.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NotebookTest {
    private static final Peer PEER =
            new Peer(Identifier.of(1), new Endpoint("127.0.0.1", 1), "zone", Identifier.of(2), 3);

    @TempDir
    private Path work;

    private static Notebook.Receipt receipt(int number) {
        return new Notebook.Receipt("t" + number, Identifier.of(number), number, 1, number, Identifier.of(number));
    }

    @Test
    void whatIsNotedIsThereAgain() {
        try (Database database = new Database(work.resolve("db"), Notebook.SCHEMA)) {
            Notebook notebook = new Notebook(database);
            notebook.rememberPeers(List.of(PEER));
            for (int i = 0; i < 1_200; i++) {
                notebook.note(receipt(i));
            }
            assertThat(notebook.receipts(2)).containsExactly(receipt(1_199), receipt(1_198));
        }
        try (Database database = new Database(work.resolve("db"), Notebook.SCHEMA)) {
            Notebook notebook = new Notebook(database);
            assertThat(notebook.peers()).containsExactly(PEER);
            assertThat(notebook.receipts(5_000)).hasSize(1_200);
        }
    }

    /** The loop of the ring notes peers: no trouble of the disk may reach it. */
    @Test
    void aStoreThatIsClosedTakesNothingAndThrowsNothing() {
        Database database = new Database(work.resolve("db"), Notebook.SCHEMA);
        Notebook notebook = new Notebook(database);
        database.close();
        notebook.rememberPeers(List.of(PEER));
        notebook.note(receipt(1));
        assertThat(notebook.flush().join()).isFalse();
    }
}
