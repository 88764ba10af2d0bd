package dev.chord.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.error.ChordException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigTest {
    @TempDir
    Path directory;

    private NodeConfig load(String toml, String dotEnv, Map<String, String> environment) throws IOException {
        Path file = Files.writeString(directory.resolve("chord.toml"), toml);
        if (!dotEnv.isEmpty()) {
            Files.writeString(directory.resolve(".env"), dotEnv);
        }
        return ConfigLoader.load(Optional.of(file), environment, directory);
    }

    @Test
    void theStrongerSourceWinsAndIsNamed() throws IOException {
        NodeConfig config = load(
                "[ring]\nreplicas = 4\nsuccessors = 9\nname = \"file\"\n",
                "CHORD_RING_SUCCESSORS=10\n# a comment\nCHORD_RING_NAME=\"dot\"\n",
                Map.of("CHORD_RING_NAME", "env"));
        assertThat(config.text(ConfigKey.RING_REPLICAS)).isEqualTo("4");
        assertThat(config.text(ConfigKey.RING_SUCCESSORS)).isEqualTo("10");
        assertThat(config.setting(ConfigKey.RING_NAME)).isEqualTo(new NodeConfig.Setting("env", "CHORD_RING_NAME"));
        assertThat(config.setting(ConfigKey.RING_REPLICAS).origin()).endsWith("chord.toml");
        assertThat(config.setting(ConfigKey.NODE_ZONE).origin()).isEqualTo("default");
    }

    @Test
    void listsDottedKeysAndThePortVariableWork() throws IOException {
        NodeConfig config = load(
                "ring.join = [\"a:1\", \"b:2\"]\nnet.grpc.bind = \"127.0.0.1:1\"\n",
                "",
                Map.of("GRPC_SERVER_PORT", "99"));
        assertThat(config.seeds()).hasSize(2);
        assertThat(config.text(ConfigKey.GRPC_BIND)).isEqualTo("127.0.0.1:99");
    }

    @Test
    void anUnknownKeyIsRefusedWithTheNearestOne() {
        assertThatThrownBy(() -> load("[ring]\nreplica = 3\n", "", Map.of()))
                .isInstanceOf(ChordException.class)
                .hasMessageContaining("ring.replica")
                .extracting(e -> ((ChordException) e).hint())
                .asString()
                .contains("ring.replicas");
    }

    @Test
    void malformedValuesNameKeyValueAndOrigin() throws IOException {
        NodeConfig config = load("ring.replicas = \"many\"\nrepair.delay = \"5 minutes\"\n", "", Map.of());
        assertThatThrownBy(config::ring).hasMessageContaining("ring.replicas").hasMessageContaining("'many'");
        assertThatThrownBy(() -> config.duration(ConfigKey.REPAIR_DELAY)).hasMessageContaining("5 minutes");
        assertThatThrownBy(() -> load("this is [not toml", "", Map.of())).hasMessageContaining("not TOML");
    }

    @Test
    void timesHaveUnits() {
        assertThat(NodeConfig.parseDuration("250ms")).contains(Duration.ofMillis(250));
        assertThat(NodeConfig.parseDuration("7d")).contains(Duration.ofDays(7));
        assertThat(NodeConfig.parseDuration("7")).isEmpty();
        assertThat(NodeConfig.parseDuration("-1s")).isEmpty();
    }

    @Test
    void theGuideListsEverySettingAsItIs() throws IOException {
        String guide = Files.readString(Path.of("../docs/user-guide.md"));
        for (ConfigKey key : ConfigKey.values()) {
            String value = key.defaultValue().isEmpty() ? "–" : "`" + key.defaultValue() + "`";
            assertThat(guide)
                    .contains("| `" + key.key() + "` | `" + key.environmentName() + "` | " + value + " | "
                            + key.description() + " |");
        }
    }
}
