package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import dev.chord.node.ChordNode;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Whether the interface is as its description says, and the description is the one that is checked in
 * for programs.
 */
class OpenApiTest extends GatewayBed {
    private static final Path CHECKED_IN = Path.of("..", "docs", "openapi.json");

    private static JsonObject document() throws Exception {
        return json(get("api/v1/openapi.json"));
    }

    @Test
    void theDescriptionCheckedInIsTheOneThatIsServed() throws Exception {
        JsonObject served = document();
        served.getAsJsonObject("info").addProperty("version", "snapshot");
        String text = new GsonBuilder()
                        .setPrettyPrinting()
                        .disableHtmlEscaping()
                        .create()
                        .toJson(served)
                + "\n";
        if (Boolean.getBoolean("chord.openapi.write")) {
            Files.writeString(CHECKED_IN, text);
        }
        assertThat(Files.readString(CHECKED_IN))
                .as("write it anew with -Dchord.openapi.write=true")
                .isEqualTo(text);
        assertThat(document().getAsJsonObject("info").get("version").getAsString())
                .isEqualTo(ChordNode.version());
    }

    @Test
    void whatIsWrittenHasABodyAndWhatIsReadAType() throws Exception {
        List<String> names = new ArrayList<>();
        for (Map.Entry<String, JsonElement> path :
                document().getAsJsonObject("paths").entrySet()) {
            for (Map.Entry<String, JsonElement> each :
                    path.getValue().getAsJsonObject().entrySet()) {
                String what = each.getKey() + " " + path.getKey();
                JsonObject operation = each.getValue().getAsJsonObject();
                names.add(operation.get("operationId").getAsString());
                if (each.getKey().matches("post|put|patch")) {
                    assertThat(operation.has("requestBody")).as(what).isTrue();
                }
                assertThat(operation.getAsJsonArray("security").size() > 0)
                        .as(what)
                        .isNotEqualTo(each.getKey().equals("get"));
                for (Map.Entry<String, JsonElement> answer :
                        operation.getAsJsonObject("responses").entrySet()) {
                    boolean none = answer.getKey().matches("204|302|304");
                    assertThat(answer.getValue().getAsJsonObject().has("content"))
                            .as(what + " " + answer.getKey())
                            .isNotEqualTo(none);
                }
            }
        }
        assertThat(new TreeSet<>(names)).as("each has a name of its own").hasSameSizeAs(names);
    }

    @Test
    void aFormIsDescribedAndTakenAsItIsDescribed() throws Exception {
        JsonObject content = document()
                .getAsJsonObject("paths")
                .getAsJsonObject("/api/v1/files")
                .getAsJsonObject("post")
                .getAsJsonObject("requestBody")
                .getAsJsonObject("content");
        assertThat(content.keySet()).containsExactly("application/octet-stream", "multipart/form-data");
        JsonObject form = content.getAsJsonObject("multipart/form-data").getAsJsonObject("schema");
        assertThat(form.get("minProperties").getAsInt()).isEqualTo(1);
        assertThat(form.get("maxProperties").getAsInt()).isEqualTo(1);
        assertThat(form.getAsJsonObject("additionalProperties").get("format").getAsString())
                .isEqualTo("binary");
        String field = "whatever it is called";
        HttpResponse<String> stored = send(
                "POST",
                "api/v1/files",
                "--XX\r\nContent-Disposition: form-data; name=\"" + field
                        + "\"; filename=\"described.txt\"\r\n\r\nas it is described\r\n--XX--\r\n",
                "Content-Type",
                "multipart/form-data; boundary=XX");
        assertThat(stored.statusCode()).as(stored.body()).isEqualTo(201);
        assertThat(get("f/described.txt").body()).isEqualTo("as it is described");
    }

    @Test
    void answersAreAsTheirSchemasSay() throws Exception {
        String id = store("schema/a b", "typed").get("content").getAsString();
        matches("Stored", 201, send("POST", "api/v1/files?name=schema/b", "typed too"));
        matches("NameList", 200, get("api/v1/files?prefix=schema/&limit=1"));
        matches("NameList", 200, get("api/v1/search?q=schema"));
        matches("Manifest", 200, get("api/v1/files/" + id));
        matches("Manifest", 200, get("api/v1/files/schema/a%20b"));
        matches("Explanation", 200, get("api/v1/files/" + id + "/explain"));
        matches("Located", 200, get("api/v1/files/schema/b/providers"));
        matches("NameEntry", 200, get("api/v1/names/schema/b"));
        matches("Directory", 200, get("f/schema/", "Accept", "application/json"));
        matches("RingSummary", 200, get("api/v1/ring"));
        matches("Members", 200, get("api/v1/ring/members"));
        String member = json(get("api/v1/node")).get("id").getAsString();
        matches("Fingers", 200, get("api/v1/ring/members/" + member + "/fingers"));
        matches("Load", 200, get("api/v1/ring/load"));
        matches("Health", -1, get("api/v1/ring/health"));
        matches("Owner", 200, get("api/v1/keys/" + id + "/owner"));
        matches("Path", 200, get("api/v1/keys/schema/b/route"));
        matches("Node", 200, get("api/v1/node"));
        matches("Fingers", 200, get("api/v1/node/fingers"));
        matches("Successors", 200, get("api/v1/node/successors"));
        matches("Storage", 200, get("api/v1/node/storage"));
        matches("Transfers", 200, get("api/v1/transfers"));
        matches("Operation", 202, send("POST", "api/v1/operations", "{\"kind\":\"scrub\"}"));
        matches("Operations", 200, get("api/v1/operations"));
        HttpResponse<String> upload = send("POST", "api/v1/uploads", "{\"name\":\"schema/u\",\"size\":3}");
        matches("Upload", 201, upload);
        String open = "api/v1/uploads/" + json(upload).get("id").getAsString();
        matches("Upload", 200, send("PATCH", open, "ab", "Upload-Offset", "0"));
        matches("Stored", 201, send("PATCH", open, "c", "Upload-Offset", "2"));
        matches("Problem", 404, get("api/v1/names/schema/none"));
    }

    private static void matches(String schema, int status, HttpResponse<String> answer) throws Exception {
        String what = schema + " of " + answer.uri();
        if (status > 0) {
            assertThat(answer.statusCode()).as(what + ": " + answer.body()).isEqualTo(status);
        }
        JsonObject schemas = document().getAsJsonObject("components").getAsJsonObject("schemas");
        check(what, schemas, schemas.getAsJsonObject(schema), json(answer));
    }

    private static void check(String what, JsonObject schemas, JsonObject schema, JsonElement value) {
        if (schema.has("$ref")) {
            String[] path = schema.get("$ref").getAsString().split("/");
            check(what, schemas, schemas.getAsJsonObject(path[path.length - 1]), value);
        } else if (value.isJsonNull()) {
            assertThat(schema.has("nullable")).as(what + " is null").isTrue();
        } else if (schema.has("allOf")) {
            check(what, schemas, schema.getAsJsonArray("allOf").get(0).getAsJsonObject(), value);
        } else if (schema.has("items")) {
            value.getAsJsonArray().forEach(each -> check(what, schemas, schema.getAsJsonObject("items"), each));
        } else if (schema.has("properties")) {
            JsonObject properties = schema.getAsJsonObject("properties");
            assertThat(properties.keySet())
                    .as(what)
                    .containsAll(value.getAsJsonObject().keySet());
            schema.getAsJsonArray("required")
                    .forEach(name -> assertThat(value.getAsJsonObject().keySet())
                            .as(what)
                            .contains(name.getAsString()));
            value.getAsJsonObject()
                    .entrySet()
                    .forEach(field -> check(
                            what + "." + field.getKey(),
                            schemas,
                            properties.getAsJsonObject(field.getKey()),
                            field.getValue()));
        } else {
            primitive(what, schema, value);
        }
    }

    private static void primitive(String what, JsonObject schema, JsonElement value) {
        String type = schema.get("type").getAsString();
        if (!type.equals("object")) {
            JsonPrimitive given = value.getAsJsonPrimitive();
            String is = given.isBoolean() ? "boolean" : given.isString() ? "string" : "number";
            boolean whole = is.equals("number") && given.getAsDouble() == given.getAsLong();
            assertThat(type.equals("integer") && whole ? "integer" : is)
                    .as(what)
                    .isEqualTo(type);
        }
        if (schema.has("pattern")) {
            assertThat(value.getAsString())
                    .as(what)
                    .matches(schema.get("pattern").getAsString());
        }
    }
}
